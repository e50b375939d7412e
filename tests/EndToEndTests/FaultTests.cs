using System.Text.Json;
using System.Text.Json.Nodes;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Lab;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.EndToEndTests;

/// <summary>The agent dies at each step of a change that touches all systems of a full node.</summary>
public sealed class FaultTests(LabFixture fixture)
{
    const string Node = "oo1424oo", Agent = $"{Node}/hostbridge";

    static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Whichever_step_the_agent_dies_at_the_node_is_afterwards_as_it_was_before()
    {
        var before = await ObservedAsync();
        for (var step = 0; ; step++)
        {
            if (!await DiesAtAsync(step))
            {
                Assert.True(step >= 8, $"only {step} steps");
                break;
            }
            await Eventually.True(async () => await IsAsync(GenerationStatus.RolledBack), Soon, $"the change is undone after a death at step {step}");
            await Eventually.True(async () => await ObservedAsync() == before, Soon, $"what is observed is what was there before, after a death at step {step}");
        }
        // It may have been killed just after its last step.
        await Eventually.True(async () => await IsAsync(GenerationStatus.Confirmed), Soon, "the agent is back with the new state");
        using var client = Client();
        await EndAsync(client.ApplyAsync(new() { Declared = Example().Deserialize<JsonElement>() }, default));
        Assert.Equal(before, await ObservedAsync());
        await Eventually.True(() => fixture.PingsAsync("vps", "200", "10.0.0.100"), Soon, "container 100 is reached again");
    }

    /// <summary>False when the change came to its end before that step.</summary>
    async Task<bool> DiesAtAsync(int step)
    {
        using var client = Client();
        try
        {
            await foreach (var what in client.ApplyAsync(new() { Declared = Less().Deserialize<JsonElement>() }, default))
            {
                if (what is ApplyEvent.Finished finished)
                {
                    Assert.Null(finished.Error);
                    return false;
                }
                if (what is ApplyEvent.StepStarted started && started.Index == step) await fixture.KillAsync(Agent);
            }
        }
        catch (MeshException)
        {
            // Cut off, as it must be.
        }
        return true;
    }

    async Task<bool> IsAsync(GenerationStatus status)
    {
        using var client = Client();
        try
        {
            return (await client.GenerationsAsync(1, default))[0].Status == status;
        }
        catch (MeshException)
        {
            return false;
        }
    }

    async Task<string> ObservedAsync()
    {
        using var client = Client();
        return JsonSerializer.Serialize((await client.StateAsync("observed", default)).State);
    }

    static async Task EndAsync(IAsyncEnumerable<ApplyEvent> events)
    {
        await foreach (var what in events)
            if (what is ApplyEvent.Finished finished) Assert.Null(finished.Error);
    }

    NodeClient Client() => new(Node, NodeTransport.Create(new NodeEndpoint.Local(fixture.Lab.FileIn(Node, "/run/meshmcp/hostbridge.sock"))));

    static JsonNode Example() => JsonNode.Parse(File.ReadAllText(Path.Combine(Programs.Build, $"../../examples/{Node}.json")))!;

    /// <summary>The example without containers, tunnels, ingress and most flows; the membership stays, since leaving it spends a key, and so do the flows of the mesh, since without them it would wait for a confirmation.</summary>
    static JsonNode Less()
    {
        var state = Example();
        state["bridge"] = new JsonObject { ["name"] = "mesh", ["address"] = "10.0.0.1/24" };
        state["lxc"] = new JsonObject { ["containers"] = new JsonArray() };
        state["wireguard"] = new JsonObject();
        state["openflow"] = JsonNode.Parse("""{"bridges":{"mesh":{"flows":["priority=200,arp,actions=normal","priority=120,ip,nw_dst=10.0.0.0/24,actions=normal","priority=110,ip,nw_dst=10.1.0.0/24,actions=output:nm-privacy","priority=110,ip,nw_dst=10.101.0.0/16,actions=output:nm-privacy","priority=0,actions=drop"]}}}""");
        state.AsObject().Remove("xray");
        return state;
    }
}
