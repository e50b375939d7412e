using System.Diagnostics;
using MeshMcp.Contracts.Errors;
using ModelContextProtocol.Client;

namespace MeshMcp.Bench.Scenarios;

/// <summary>One flow more on the far node: by <c>add_flow</c> until it is verified there, and by a bare process on that node. Each is taken away again, which is not counted.</summary>
sealed class SingleFlows(MeshUnderTest mesh, McpClient client) : IAsyncDisposable
{
    public static async Task<SingleFlows> OpenAsync(MeshUnderTest mesh, CancellationToken ct) => new(mesh, await mesh.ConnectAsync(ct));

    public Scenario Scenario => new($"one flow on {MeshUnderTest.Node}",
    [
        new("MeshMcp: add_flow, MCP client to verified flow", (sizes, ct) => RoundAsync(sizes, AddOursAsync, DeleteOursAsync, "172.20", ct)),
        new("bare ovs-ofctl add-flow, a process on the node", (sizes, ct) => RoundAsync(sizes, AddBareAsync, DeleteBareAsync, "172.21", ct)),
    ]);

    public ValueTask DisposeAsync() => client.DisposeAsync();

    /// <summary>Stops between flows only, so that an interrupted run leaves none.</summary>
    async Task<IReadOnlyList<Reading>> RoundAsync(Sizes sizes, Func<string, Task> add, Func<string, Task> delete, string network, CancellationToken ct)
    {
        List<TimeSpan> took = [];
        for (var i = 0; i < sizes.Flows; i++)
        {
            ct.ThrowIfCancellationRequested();
            var match = $"udp,nw_dst={network}.{i / 250}.{i % 250 + 1},tp_dst=9";
            var clock = Stopwatch.StartNew();
            try
            {
                await add($"priority=310,{match},actions=output:100");
                took.Add(clock.Elapsed);
                if (i == 0) await CheckAsync(match);
            }
            finally
            {
                await delete($"priority=310,{match}");
            }
        }
        return Latencies.Readings(took);
    }

    async Task AddOursAsync(string flow)
    {
        var report = await MeshUnderTest.ChangeAsync(client, "add_flow", new() { ["flow"] = flow });
        if (!report.GetProperty("changed").GetBoolean() || !report.GetProperty("verified").GetBoolean())
            throw new MeshException(ErrorKind.Bug, $"add_flow answered {report}.");
    }

    Task DeleteOursAsync(string flow) => MeshUnderTest.ChangeAsync(client, "delete_flow", new() { ["flow"] = flow });

    Task AddBareAsync(string flow) => mesh.OnNode("ovs-ofctl", "add-flow", "mesh", flow).TextAsync();

    Task DeleteBareAsync(string flow) => mesh.OnNode("ovs-ofctl", "--strict", "del-flows", "mesh", flow).TextAsync();

    async Task CheckAsync(string match)
    {
        if (!(await mesh.OnNode("ovs-ofctl", "--no-stats", "dump-flows", "mesh", match).TextAsync()).Contains("nw_dst", StringComparison.Ordinal))
            throw new MeshException(ErrorKind.Bug, $"The flow {match} is not on the switch of {MeshUnderTest.Node}.");
    }
}
