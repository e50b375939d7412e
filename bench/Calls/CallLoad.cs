using System.Diagnostics;
using MeshMcp.Bench.Scenarios;

namespace MeshMcp.Bench.Calls;

/// <summary>The same call again and again, by one caller and by several at once, in one session where there are sessions.</summary>
static class CallLoad
{
    static readonly IReadOnlyList<int> Callers = [1, 8];

    public static async Task<IReadOnlyList<Reading>> RoundAsync(Target target, Dialect dialect, ToolCall call, TimeSpan time, CancellationToken ct)
    {
        await using var caller = await RawCaller.OpenAsync(target, dialect, ct);
        List<Reading> readings = [];
        foreach (var callers in Callers) readings.AddRange(await RunAsync(caller, call, callers, time, ct));
        return readings;
    }

    static async Task<IReadOnlyList<Reading>> RunAsync(RawCaller caller, ToolCall call, int callers, TimeSpan time, CancellationToken ct)
    {
        var clock = Stopwatch.StartNew();
        TimeSpan[][] took = await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => RepeatAsync()));
        var seconds = clock.Elapsed.TotalSeconds;
        var prefix = callers == 1 ? "1 caller, " : $"{callers} callers, ";
        return [new($"{prefix}rate", took.Sum(t => t.Length) / seconds, "calls/s"), .. Latencies.Readings(took.SelectMany(t => t), prefix)];

        async Task<TimeSpan[]> RepeatAsync()
        {
            List<TimeSpan> took = [];
            do
            {
                var start = clock.Elapsed;
                await caller.CallAsync(call, ct);
                took.Add(clock.Elapsed - start);
            }
            while (clock.Elapsed < time);
            return [.. took];
        }
    }
}
