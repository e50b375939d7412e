using MeshMcp.Bench.Calls;
using MeshMcp.Bench.Peers;
using MeshMcp.Bench.Scenarios;
using MeshMcp.Lab.Namespaces;
using MeshMcp.TestKit;

namespace MeshMcp.Bench.Programs;

/// <summary>
/// The layer around the tools of several versions, all running, called in turns of a fraction of a second:
/// what the machine does meanwhile meets them alike. One after the other, the rate of one and the same program differed by half from run to run.
/// </summary>
static class EchoPair
{
    const int Turns = 20;

    /// <summary>The median rates of the turns, by the version's name.</summary>
    public static async Task<ILookup<string, Reading>> MeasureAsync(IReadOnlyList<ProgramSet> sets, Sizes sizes, CancellationToken ct)
    {
        await using var servers = new Servers();
        var targets = new List<(string Name, Target Target)>();
        foreach (var set in sets) targets.Add((set.Name, await servers.StartAsync(set, ct)));
        // What is compiled while it runs, which the programs as they are shipped are not, is measured once it is, for both dialects.
        foreach (var (_, target) in targets)
            foreach (var dialect in Dialect.All) await CallLoad.RoundAsync(target, dialect, EchoCalls.Echo, 4 * sizes.Load, ct);
        var found = new List<(string Name, Reading Reading)>();
        foreach (var dialect in Dialect.All)
            for (var turn = 0; turn < Turns; turn++)
                foreach (var (name, target) in turn % 2 == 0 ? targets : Enumerable.Reverse(targets))
                    foreach (var reading in await CallLoad.RoundAsync(target, dialect, EchoCalls.Echo, sizes.Load / Turns * 2, ct))
                        if (reading.Unit == ProgramRow.Rate) found.Add((name, reading with { Measure = $"a tool that does nothing, {dialect.Version}, {reading.Measure}" }));
        return found.GroupBy(f => (f.Name, f.Reading.Measure)).Select(g => (g.Key.Name, Reading: new Reading(g.Key.Measure, ProgramRun.Median(g.Select(f => f.Reading.Value)), ProgramRow.Rate)))
            .ToLookup(f => f.Name, f => f.Reading);
    }

    /// <summary>Each in a namespace of its own: the versions' echo is on one fixed port.</summary>
    sealed class Servers : IAsyncDisposable
    {
        readonly List<(NetworkNamespace Inside, IDisposable Program)> started = [];

        public async Task<Target> StartAsync(ProgramSet set, CancellationToken ct)
        {
            var inside = await NetworkNamespace.CreateAsync(ct);
            var server = inside.Start(set.Echo, [EchoServer.Word], new Dictionary<string, string> { ["DOTNET_EnableDiagnostics"] = "0" });
            started.Add((inside, server));
            var target = new Target(new($"http://127.0.0.1:{EchoServer.Port}/mcp"), Inside: new Place("echo", $"/proc/{inside.Pid}/ns/net", null));
            await Eventually.True(async () =>
            {
                await using var caller = await RawCaller.OpenAsync(target, Dialect.Session, ct);
                await caller.CallAsync(EchoCalls.Echo, ct);
                return true;
            }, TimeSpan.FromSeconds(60), $"the echo of {set.Name} answers ({server.LastWords})", ct);
            return target;
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var (inside, program) in started)
            {
                program.Dispose();
                await inside.DisposeAsync();
            }
        }
    }
}
