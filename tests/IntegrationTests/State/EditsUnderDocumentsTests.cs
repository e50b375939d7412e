using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MeshMcp.Cli.Commands;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.State;

/// <summary>Edits by hand under documents that come and go, on a real switch.</summary>
public sealed class EditsUnderDocumentsTests
{
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Twenty_edits_and_a_new_document_lose_nothing_that_was_added_by_hand()
    {
        await using var node = await PrivateNode.StartAsync("veth200", "veth201");
        await node.ApplyAsync(new ChangeRequest { Declared = Document(["veth200", "veth201"], "priority=100,tcp,tp_dst=9573,actions=output:veth200", "priority=90,in_port=veth201,actions=output:veth200") });
        for (var i = 0; i < 17; i++) await EditAsync(node, new AddFlow($"priority=50,udp,tp_dst={1000 + i},actions=output:veth200"));
        await EditAsync(node, new AddFlow("priority=51,icmp,actions=output:veth201"));
        await EditAsync(node, new DeleteFlow("priority=90,in_port=veth201,actions=output:veth200"));
        await EditAsync(node, new AddFlow("priority=52,arp,actions=normal"));

        // The document takes veth201 away and a flow of its own, and says two of the added flows itself.
        var document = Document(["veth200"], "priority=50,udp,tp_dst=1003,actions=output:veth200", "udp,priority=50,tp_dst=1004,actions=output:veth200");
        var plan = await node.Client.PlanAsync(new ChangeRequest { Declared = document }, Ct);
        Assert.Contains(plan.Findings, f => f.Kind == "absorbed" && f.Message.Contains("3 edits"));
        Assert.Contains(plan.Findings, f => f.Kind == "suspended" && f.Message.Contains("veth201"));
        var end = await node.ApplyAsync(new ChangeRequest { Declared = document });
        Assert.Null(end.Error);

        var flows = await node.FlowsAsync();
        Assert.Equal(18, flows.Count);
        Assert.All(Enumerable.Range(1000, 17), port => Assert.Contains(flows, f => f.Contains($"udp,tp_dst={port} ")));
        Assert.Contains(flows, f => f.Contains("priority=52,arp"));
        Assert.DoesNotContain(flows, f => f.Contains("9573") || f.Contains("icmp"));
        var edits = (await node.Client.EditsAsync(50, Ct)).Edits;
        Assert.Equal((16, 3, 1), (edits.Count(e => e.Status == EditStatus.InEffect), edits.Count(e => e.Status == EditStatus.Absorbed), edits.Count(e => e.Status == EditStatus.Suspended)));
        Assert.Contains((await node.Client.StatusAsync(Ct)).Findings, f => f is { Kind: "suspended" });

        // What the document now says and then no more says goes; what was suspended fits again and is back.
        end = await node.ApplyAsync(new ChangeRequest { Declared = Document(["veth200", "veth201"]) });
        Assert.Null(end.Error);
        flows = await node.FlowsAsync();
        Assert.DoesNotContain(flows, f => f.Contains("tp_dst=1003") || f.Contains("tp_dst=1004"));
        Assert.Contains(flows, f => f.Contains("priority=51,icmp"));
        Assert.DoesNotContain((await node.Client.StatusAsync(Ct)).Findings, f => f is { Kind: "suspended" });
    }

    [Fact]
    public async Task Applying_the_export_changes_nothing_and_absorbs_every_edit()
    {
        await using var node = await PrivateNode.StartAsync("veth200");
        await node.ApplyAsync(new ChangeRequest { Declared = Document(["veth200"], "priority=1,actions=drop") });
        await EditAsync(node, new AddFlow("priority=50,udp,actions=output:veth200"));
        await EditAsync(node, new DeleteFlow("priority=1,actions=drop"));
        var view = await node.Client.StateAsync("desired", Ct, origins: true);
        Assert.Equal([(2, true), (1, false)], view.Origins!.Where(o => o.Edit is not null).Select(o => (o.Edit!.Value, o.Removed)));
        var export = JsonSerializer.SerializeToElement(view.State, MeshJson.Default.NodeState);
        Assert.Empty((await node.Client.PlanAsync(new ChangeRequest { Declared = export }, Ct)).Steps);
        Assert.Null((await node.ApplyAsync(new ChangeRequest { Declared = export })).Error);
        Assert.All((await node.Client.EditsAsync(10, Ct)).Edits, e => Assert.Equal(EditStatus.Absorbed, e.Status));
        Assert.False((await node.ApplyAsync(new ChangeRequest { Declared = export })).Changed);
    }

    [Fact]
    public async Task People_read_what_the_state_is_made_of()
    {
        await using var node = await PrivateNode.StartAsync("veth200");
        await node.ApplyAsync(new ChangeRequest { Declared = Document(["veth200"], "priority=1,actions=drop") });
        await node.ApplyAsync(new ChangeRequest { Edits = [new AddFlow("priority=50,udp,actions=output:veth200")], Why = "the office asked" });
        await EditAsync(node, new DeleteFlow("priority=1,actions=drop"));

        var origins = await MeshctlAsync(node, "state", "--origins");
        Assert.Contains("bridge.ports[veth200] declared", origins);
        Assert.Contains("openflow.bridges.mesh.flows[table=0,priority=1] edit 2 (removed) uid 0", origins);
        Assert.Contains("the office asked", origins);
        Assert.Contains("1 in effect", await MeshctlAsync(node, "edits"));
        var diff = await MeshctlAsync(node, "diff", "1", "3");
        Assert.Contains("- openflow.bridges.mesh.flows[table=0,priority=1]", diff);
        Assert.Contains("+ openflow.bridges.mesh.flows[table=0,priority=50,udp]", diff);
        Assert.Equal(JsonSerializer.Serialize((await node.Client.StateAsync("desired", Ct)).State, MeshJson.Default.NodeState),
            JsonSerializer.Serialize(JsonSerializer.Deserialize(await MeshctlAsync(node, "export"), MeshJson.Default.NodeState), MeshJson.Default.NodeState));

        using var http = new HttpClient(NodeTransport.Create(new NodeEndpoint.Local(node.Socket))) { BaseAddress = new("http://node/") };
        Assert.True(JsonNode.DeepEquals(StateSchema.Document, JsonNode.Parse(await http.GetStringAsync("/v1/schema", Ct))));
    }

    [Fact]
    public async Task Two_writers_of_two_hundred_edits_each_lose_none_and_an_old_generation_can_be_brought_back()
    {
        await using var node = await PrivateNode.StartAsync("veth200");
        await node.ApplyAsync(new ChangeRequest { Declared = Document(["veth200"]) });
        await Task.WhenAll(WriteAsync("tcp"), WriteAsync("udp"));

        Assert.Equal(400, (await node.FlowsAsync()).Count);
        var edits = (await node.Client.EditsAsync(1000, Ct)).Edits;
        Assert.Equal(Enumerable.Range(1, 400).Reverse(), edits.Select(e => e.Number));
        Assert.All(edits, e => Assert.Equal(EditStatus.InEffect, e.Status));
        var history = await node.Client.GenerationsAsync(1000, Ct);
        Assert.Equal(Enumerable.Range(1, 401).Reverse(), history.Select(g => g.Number));
        Assert.All(history, g => Assert.Equal(GenerationStatus.Confirmed, g.Status));
        foreach (var protocol in new[] { "tcp", "udp" })
            Assert.Equal(Enumerable.Range(0, 200), edits.Reverse().Where(e => e.What.Contains(protocol)).Select(e => int.Parse(e.What.Split("tp_dst=")[1].Split(',')[0])));
        Assert.Equal(300, (await node.Client.DiffAsync(101, null, Ct)).Items.Count);

        ApplyEvent? last = null;
        await foreach (var what in node.Client.RollbackAsync(new RollbackRequest { To = 101 }, Ct)) last = what;
        Assert.Null(Assert.IsType<ApplyEvent.Finished>(last).Error);
        Assert.Equal(100, (await node.FlowsAsync()).Count);
        Assert.Equal(300, (await node.Client.EditsAsync(1000, Ct)).Edits.Count(e => e.Status == EditStatus.Reverted));

        async Task WriteAsync(string protocol)
        {
            using var client = node.Connect();
            for (var i = 0; i < 200; i++)
            {
                var request = new ChangeRequest { Edits = [new AddFlow($"priority=7,{protocol},tp_dst={i},actions=output:veth200")] };
                ApplyEvent? end = null;
                await foreach (var what in client.ApplyAsync(request, Ct)) end = what;
                Assert.Null(Assert.IsType<ApplyEvent.Finished>(end).Error);
            }
        }
    }

    [Fact]
    public async Task In_mode_observe_drift_is_reported_until_it_is_adopted()
    {
        await using var node = await PrivateNode.StartAsync("veth200");
        await node.ApplyAsync("""{ "modes": { "openflow": "observe", "bridge": "observe" }, "bridge": { "address": "10.1.0.1/24", "datapath": "netdev", "ports": [ { "name": "veth200" }, { "name": "int7", "type": "internal" } ] }, "openflow": { "bridges": { "mesh": { "flows": [ "priority=1,ip,actions=drop", "priority=2,udp,actions=drop" ] } } } }""");
        await node.Ovs.RunAsync("ovs-ofctl", "-O", "OpenFlow14", "--strict", "del-flows", "mesh", "priority=2,udp");
        await node.Ovs.RunAsync("ovs-ofctl", "-O", "OpenFlow14", "--strict", "mod-flows", "mesh", "priority=1,ip,actions=output:200");
        await node.Ovs.RunAsync("ovs-vsctl", $"--db=unix:{node.Ovs.DbSocket}", "del-port", "int7");
        await Eventually.True(async () => (await node.Client.StatusAsync(Ct)).Findings.Count(f => f.Kind == "drift") == 2, Soon, "the drift is reported");
        Assert.Single(await node.FlowsAsync());

        Assert.Null((await AdoptAsync(node, "openflow")).Error);
        Assert.Null((await AdoptAsync(node, "bridge")).Error);
        var status = await node.Client.StatusAsync(Ct);
        Assert.DoesNotContain(status.Findings, f => f.Kind == "drift");
        var desired = (await node.Client.StateAsync("desired", Ct)).State;
        Assert.Equal(["priority=1,ip,actions=output:veth200"], desired.Openflow!.Bridges["mesh"].Flows);
        Assert.Equal("veth200", Assert.Single(desired.Bridge!.Ports).Name);
        Assert.False((await AdoptAsync(node, "openflow")).Changed);
        Assert.Equal(ErrorKind.NotSupported, (await Assert.ThrowsAsync<MeshException>(() => AdoptAsync(node, "uplink"))).Error.Kind);
    }

    [Fact]
    public async Task A_flow_that_somebody_keeps_deleting_is_reported_and_all_others_are_kept()
    {
        await using var node = await PrivateNode.StartAsync("veth200");
        await node.ApplyAsync(new ChangeRequest { Declared = Document(["veth200"], "priority=1,ip,actions=drop", "priority=2,udp,actions=drop") });
        await Eventually.True(async () =>
        {
            await node.Ovs.RunAsync("ovs-ofctl", "-O", "OpenFlow14", "--strict", "del-flows", "mesh", "priority=2,udp");
            return (await node.Client.StatusAsync(Ct)).Findings.Any(f => f is { Kind: "contested", Path: "openflow" });
        }, TimeSpan.FromSeconds(20), "it is reported");
        await node.Ovs.RunAsync("ovs-ofctl", "-O", "OpenFlow14", "--strict", "del-flows", "mesh", "priority=1,ip");
        await Eventually.True(async () => (await node.FlowsAsync()).Any(f => f.Contains("priority=1,ip")), Soon, "another flow is put back");
    }

    static async Task EditAsync(PrivateNode node, Edit edit) => Assert.Null((await node.ApplyAsync(new ChangeRequest { Edits = [edit] })).Error);

    static async Task<ApplyEvent.Finished> AdoptAsync(PrivateNode node, string section)
    {
        ApplyEvent? last = null;
        await foreach (var what in node.Client.AdoptAsync(new AdoptRequest(section), Ct)) last = what;
        return Assert.IsType<ApplyEvent.Finished>(last);
    }

    static async Task<string> MeshctlAsync(PrivateNode node, params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        Assert.True(await Meshctl.RunAsync([.. args, "--socket", node.Socket], output, error, Ct) == 0, error.ToString());
        // Columns are as wide as their content.
        return Regex.Replace(output.ToString(), " +", " ");
    }

    static JsonElement Document(string[] ports, params string[] flows) => JsonSerializer.SerializeToElement(new
    {
        bridge = new { address = "10.1.0.1/24", datapath = "netdev", ports = ports.Select(p => new { name = p }) },
        openflow = new { bridges = new { mesh = new { flows } } },
    });
}
