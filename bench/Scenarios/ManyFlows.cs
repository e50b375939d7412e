using System.Diagnostics;
using System.Text.Json;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;
using MeshMcp.TestKit;
using ModelContextProtocol.Client;

namespace MeshMcp.Bench.Scenarios;

/// <summary>Many flows at once, the same again, and back: by <c>apply_state</c> on the far node, and by a bare bundle on an Open vSwitch of its own.</summary>
sealed class ManyFlows(McpClient client, NodeState former, PrivateOvs ovs) : IAsyncDisposable
{
    const string Bridge = "mesh";

    public static async Task<ManyFlows> OpenAsync(MeshUnderTest mesh, CancellationToken ct)
    {
        using var node = mesh.NodeClient();
        var former = (await node.StateAsync("declared", ct)).State;
        var client = await mesh.ConnectAsync(ct);
        var ovs = await PrivateOvs.StartAsync(ct);
        await ovs.RunAsync("ovs-vsctl", "--timeout=10", "add-br", Bridge, "--", "set", "bridge", Bridge, "datapath_type=netdev", "fail_mode=secure");
        return new(client, former, ovs);
    }

    public Scenario Scenario(Sizes sizes) => new($"{sizes.Bulk:N0} flows",
    [
        new($"MeshMcp: apply_state on {MeshUnderTest.Node}, verified", OursAsync),
        new("bare ovs-ofctl --bundle replace-flows, local process", BareAsync),
    ]);

    public async ValueTask DisposeAsync()
    {
        await ovs.DisposeAsync();
        await client.DisposeAsync();
    }

    /// <summary>Not interrupted half-way: the node always gets its document back.</summary>
    async Task<IReadOnlyList<Reading>> OursAsync(Sizes sizes, CancellationToken ct)
    {
        var own = former.Openflow?.Bridges.GetValueOrDefault(Bridge)?.Flows ?? [];
        var full = former with { Openflow = new() { Bridges = new Dictionary<string, BridgeFlows> { [Bridge] = new() { Flows = [.. own, .. Flows(sizes.Bulk)] } } } };
        try
        {
            return Readings(await ApplyAsync(full, true), await ApplyAsync(full, false), await ApplyAsync(former, true));
        }
        catch
        {
            await ApplyAsync(former, null);
            throw;
        }
    }

    async Task<TimeSpan> ApplyAsync(NodeState state, bool? changes)
    {
        var document = JsonSerializer.SerializeToElement(state, MeshJson.Default.NodeState);
        var clock = Stopwatch.StartNew();
        var report = await MeshUnderTest.ChangeAsync(client, "apply_state", new() { ["state"] = document });
        var took = clock.Elapsed;
        return changes is null || report.GetProperty("changed").GetBoolean() == changes ? took : throw new MeshException(ErrorKind.Bug, $"apply_state answered {report}.");
    }

    async Task<IReadOnlyList<Reading>> BareAsync(Sizes sizes, CancellationToken ct)
    {
        var (full, small) = (Path.Combine(ovs.Folder, "full.flows"), Path.Combine(ovs.Folder, "small.flows"));
        await File.WriteAllLinesAsync(small, ["priority=0,actions=drop"], ct);
        await File.WriteAllLinesAsync(full, ["priority=0,actions=drop", .. Flows(sizes.Bulk)], ct);
        return Readings(await ReplaceAsync(full), await ReplaceAsync(full), await ReplaceAsync(small));
    }

    async Task<TimeSpan> ReplaceAsync(string file)
    {
        var clock = Stopwatch.StartNew();
        await ovs.RunAsync("ovs-ofctl", "--bundle", "replace-flows", Bridge, file);
        return clock.Elapsed;
    }

    static IEnumerable<string> Flows(int count) =>
        Enumerable.Range(0, count).Select(i => $"priority=300,udp,nw_dst=172.16.{i / 250}.{i % 250 + 1},tp_dst=9,actions=output:100");

    static IReadOnlyList<Reading> Readings(TimeSpan applied, TimeSpan again, TimeSpan back) =>
    [
        new("applied", applied.TotalMilliseconds, "ms"),
        new("applied again, nothing to do", again.TotalMilliseconds, "ms"),
        new("taken back", back.TotalMilliseconds, "ms"),
    ];
}
