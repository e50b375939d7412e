using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Audit;
using MeshMcp.HostBridge.Engine;
using MeshMcp.UnitTests.Engine;
using Xunit;

namespace MeshMcp.UnitTests.Store;

/// <summary>What was done on a node, changes and the rest, as one list.</summary>
public sealed class NodeHistoryTests : IDisposable
{
    readonly ModelNode _node = new();

    [Fact]
    public async Task Repairs_of_drift_and_operations_are_among_the_changes_newest_first()
    {
        await _node.Apply(ModelNode.Declare("10"));
        await OperateAsync("POST /v1/containers/200/exec", "{\"command\":[\"ip\",\"route\"]}");
        await _node.Apply(ModelNode.Add("20"));
        _node.System.Host.Clear();
        Assert.Null(await _node.Engine.HealAsync());
        // A look that finds nothing is nothing that was done.
        Assert.Null(await _node.Engine.HealAsync());

        var all = History.List(new());
        Assert.Equal([null, 2, null, 1], all.Select(e => e.Generation?.Number));
        Assert.Equal("meshmcp-hostbridge", all[0].By);
        Assert.Equal("repair add priority=1,tcp,tp_dst=10,actions=drop; add priority=1,tcp,tp_dst=20,actions=drop", Assert.Single(all[0].What));
        Assert.Equal("server/mcp (says: alice)", all[2].By);
        Assert.Equal("containers/200/exec {\"command\":[\"ip\",\"route\"]}", Assert.Single(all[2].What));
    }

    [Fact]
    public async Task Pages_lose_nothing_and_have_nothing_twice()
    {
        for (var i = 0; i < 4; i++)
        {
            await _node.Apply(ModelNode.Add($"{10 + i}"));
            await OperateAsync($"POST /v1/containers/{i}/restart", "{}");
        }
        var (pages, until) = (new List<HistoryEntry>(), (DateTimeOffset?)null);
        for (IReadOnlyList<HistoryEntry> page; (page = History.List(new(3, Until: until))).Count > 0; until = page[^1].At) pages.AddRange(page);
        Assert.Equal(History.List(new(100)).Select(e => e.At), pages.Select(e => e.At));
        Assert.Equal(8, pages.Count);
    }

    [Fact]
    public async Task They_are_found_by_who_and_since_when()
    {
        await _node.Apply(ModelNode.Declare("10"));
        await OperateAsync("POST /v1/containers/1/restart", "{}");
        await _node.Apply(ModelNode.Add("20"), new Caller("server/mcp", Scope.Operate, false, null, TimeSpan.Zero) { Says = "alice" });
        Assert.Equal([2, null], History.List(new(By: "ALICE")).Select(e => e.Generation?.Number));
        Assert.Equal([1], History.List(new(By: "uid 0")).Select(e => e.Generation?.Number));
        var second = History.List(new())[0].At;
        Assert.Equal([2], History.List(new(Since: second)).Select(e => e.Generation?.Number));
        Assert.Empty(History.List(new(Since: second.AddTicks(1))));
    }

    [Fact]
    public async Task What_was_refused_or_changed_nothing_is_none_of_them()
    {
        await _node.Audit.AboutAsync(() => ModelNode.Root, "apply", "", MeshJson.Default.String, _ => Task.FromResult(new Outcome("unchanged", null)));
        _node.Audit.Refused(ModelNode.Root, "POST /v1/containers/1/restart", "refused, NotFound: There is none.", "NotFound");
        Assert.Empty(History.List(new()));
    }

    public void Dispose() => _node.Dispose();

    NodeHistory History => new(_node.Engine, _node.Store, _node.Audit, TimeProvider.System);

    Task OperateAsync(string action, string parameters) => _node.Audit.AboutAsync(() => new("server/mcp", Scope.Operate, false, null, TimeSpan.Zero) { Says = "alice" }, action,
        System.Text.Json.JsonDocument.Parse(parameters).RootElement, MeshJson.Default.JsonElement, _ => Task.FromResult(new Outcome(AuditEntry.Done, null)));
}
