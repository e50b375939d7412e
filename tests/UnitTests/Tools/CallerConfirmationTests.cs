using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.Server.Nodes;
using MeshMcp.Tools.Changes;
using MeshMcp.TestServers;
using Xunit;

namespace MeshMcp.UnitTests.Tools;

/// <summary>When the server attests that a caller came in on a new connection.</summary>
public sealed class CallerConfirmationTests
{
    const string Reconnected = """{"callerReconnected":true}""";
    const string NotReconnected = """{"callerReconnected":false}""";

    static readonly CallerIdentity Alice = new("alice", Scope.Operate, "confirm_change");

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(9.9, false, Reconnected)]
    [InlineData(10.0, false, NotReconnected)]
    [InlineData(3600, false, NotReconnected)]
    [InlineData(0.1, true, NotReconnected)]
    public async Task Only_a_connection_younger_than_the_change_counts(double age, bool local, string sent)
    {
        await using var node = await NodeWith(Changes.Generation(7, GenerationStatus.AwaitingConfirmation, Changes.ByCaller(since: 10)));
        using var nodes = Directory(node);

        var kept = await new CallerConfirmation(nodes, new FakeCall { ConnectionAge = TimeSpan.FromSeconds(age), IsLocal = local }, Alice).ConfirmAsync("vps", 7, Ct);

        Assert.Equal(GenerationStatus.Confirmed, kept.Status);
        Assert.Equal(("POST /v1/generations/7/confirm", sent), (node.Seen[1].Name, node.Seen[1].Body));
        Assert.Equal(("alice", "Operate"), (node.Seen[1].Caller, node.Seen[1].Scope));
    }

    [Theory]
    // Before and after each look at a change that is 10 s old.
    [InlineData(2, Reconnected, 9.5, 10.2, 9.6, 9.9)]
    [InlineData(2, NotReconnected, 9.5, 10.2, 10.0, 10.3)]
    [InlineData(5, NotReconnected, 9.0, 11.0, 9.0, 11.0, 9.0, 11.0, 9.0, 11.0, 9.0, 11.0)]
    public async Task A_slow_answer_of_the_node_does_not_make_a_new_connection_old(int looks, string sent, params double[] ages)
    {
        await using var node = await NodeWith(Changes.Generation(7, GenerationStatus.AwaitingConfirmation, Changes.ByCaller(since: 10)));
        using var nodes = Directory(node);
        var call = new FakeCall();
        foreach (var age in ages) call.Ages.Enqueue(TimeSpan.FromSeconds(age));

        await new CallerConfirmation(nodes, call, Alice).ConfirmAsync("vps", 7, Ct);

        Assert.Equal(looks + 1, node.Seen.Count);
        Assert.Equal(sent, node.Seen[^1].Body);
    }

    [Fact]
    public async Task A_change_whose_age_the_node_does_not_tell_is_attested_nothing()
    {
        await using var node = await NodeWith(Changes.Generation(7, GenerationStatus.AwaitingConfirmation, Changes.ByCaller() with { SecondsSince = null }));
        using var nodes = Directory(node);

        await new CallerConfirmation(nodes, new FakeCall(), Alice).ConfirmAsync("vps", 7, Ct);

        Assert.Equal(NotReconnected, node.Seen[1].Body);
    }

    [Fact]
    public async Task Each_confirmation_goes_over_a_connection_of_its_own()
    {
        await using var node = await NodeWith(Changes.Generation(7, GenerationStatus.AwaitingConfirmation, Changes.ByCaller()));
        using var nodes = Directory(node);
        using (var shared = nodes.Get("vps", new("alice", Scope.Read))) await shared.GenerationAsync(7, Ct);
        using (var again = nodes.Get("vps", new("bob", Scope.Read))) await again.GenerationAsync(7, Ct);

        await new CallerConfirmation(nodes, new FakeCall(), Alice).ConfirmAsync("vps", 7, Ct);

        Assert.Equal(node.Seen[0].Connection, node.Seen[1].Connection);
        Assert.NotEqual(node.Seen[1].Connection, node.Seen[2].Connection);
        Assert.Equal(["alice", "bob", "alice", "alice"], node.Seen.Select(s => s.Caller));
    }

    [Fact]
    public async Task A_refused_confirmation_closes_the_old_connection_and_says_to_call_again()
    {
        await using var node = await NodeWith(Changes.Generation(7, GenerationStatus.AwaitingConfirmation, Changes.ByCaller(since: 10, left: 170.9)));
        node.Refuses("POST /v1/generations/7/confirm", 409, new(ErrorKind.ConfirmationRequired, "This change lies on your own way in."));
        using var nodes = Directory(node);
        var call = new FakeCall { ConnectionAge = TimeSpan.FromSeconds(60) };

        var refused = await Assert.ThrowsAsync<MeshException>(() => new CallerConfirmation(nodes, call, Alice).ConfirmAsync("vps", 7, Ct));

        Assert.True(call.Closes);
        Assert.Equal("""This connection closes with this answer: call confirm_change {"node":"vps","generation":7} again, on a new one, within 170 s.""", refused.Error.Hint);
    }

    static async Task<ScriptedNode> NodeWith(Generation generation)
    {
        var node = await ScriptedNode.StartAsync();
        node.Says($"GET /v1/generations/{generation.Number}", generation, MeshJson.Default.Generation);
        node.Says($"POST /v1/generations/{generation.Number}/confirm", generation with { Status = GenerationStatus.Confirmed }, MeshJson.Default.Generation);
        return node;
    }

    static NodeDirectory Directory(ScriptedNode node) => new(new Dictionary<string, NodeEndpoint> { ["vps"] = node.Endpoint });
}
