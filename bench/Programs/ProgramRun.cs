using System.Diagnostics;
using System.Globalization;
using CliWrap;
using MeshMcp.Bench.Reporting;
using MeshMcp.Bench.Scenarios;
using MeshMcp.Contracts.Errors;
using MeshMcp.TestKit;

namespace MeshMcp.Bench.Programs;

/// <summary>What the programs cost by themselves, beside those of the version before: start, memory, size, and the layer around the tools. In each round both have their turn.</summary>
static class ProgramRun
{
    const int Helps = 20;

    /// <summary>By measure: what is wanted of it, an upper bound; of calls a second, a lower one as part of what was before.</summary>
    static readonly Dictionary<string, double> Goals = new()
    {
        ["host bridge, start to first answer"] = 0.2, ["host bridge, resident after 400 calls"] = 60, ["server, resident after 400 calls"] = 85,
        ["relay, resident after 400 calls"] = 45, ["meshctl --help"] = 30,
    };

    const double LeastRate = 0.95;

    public static async Task<ProgramReport> RunAsync(Sizes sizes, CancellationToken ct)
    {
        var sets = ProgramSet.FromEnvironment();
        var before = MachineFacts.Load();
        var found = new Dictionary<(string Measure, string Unit), Dictionary<string, List<double>>>();
        for (var round = 0; round <= sizes.Rounds; round++)
        {
            foreach (var set in round % 2 == 0 ? sets : sets.Reverse())
            {
                await SayAsync(round, set.Name);
                Keep(round, set.Name, await MeasureAsync(set, ct));
            }
            await SayAsync(round, "a tool that does nothing");
            foreach (var of in await EchoPair.MeasureAsync(sets, round == 0 ? Sizes.Quick : sizes, ct)) Keep(round, of.Key, of);
        }
        return new(MachineFacts.Read(before), sizes.Rounds, [.. sets.Select(s => s.Name)],
            [.. found.Select(f => new ProgramRow(f.Key.Measure, f.Key.Unit, [.. sets.Select(s => Median(f.Value[s.Name]))], Goals.TryGetValue(f.Key.Measure, out var goal) ? goal : null))]);

        Task SayAsync(int round, string what) => Console.Error.WriteLineAsync($"{(round == 0 ? "warming up" : $"round {round} of {sizes.Rounds}")}: {what}");

        void Keep(int round, string set, IEnumerable<Reading> readings)
        {
            if (round == 0) return;
            foreach (var (measure, value, unit) in readings) found.TryGet((measure, unit)).TryGet(set).Add(value);
        }
    }

    static async Task<IReadOnlyList<Reading>> MeasureAsync(ProgramSet set, CancellationToken ct)
    {
        List<Reading> readings = [];
        await using (var node = new RunningNode(set, await PrivateOvs.StartAsync(ct: ct))) readings.AddRange(await node.MeasureAsync(ct));
        List<double> took = [];
        for (var i = 0; i < Helps; i++)
        {
            var clock = Stopwatch.StartNew();
            await Cli.Wrap(set.Meshctl).WithArguments(["--help"]).ExecuteAsync(ct);
            took.Add(clock.Elapsed.TotalMilliseconds);
        }
        readings.Add(new("meshctl --help", Median(took), "ms"));
        foreach (var (name, file) in new[] { ("host bridge", set.HostBridge), ("server and relay", set.Server), ("meshctl", set.Meshctl) })
            readings.Add(new($"{name}, size", new DirectoryInfo(Path.GetDirectoryName(file)!).EnumerateFiles("*", SearchOption.AllDirectories).Where(f => f.Extension is not ".pdb").Sum(f => f.Length) / 1e6, "MB"));
        return readings;
    }

    public static double Median(IEnumerable<double> values)
    {
        double[] ordered = [.. values.Order()];
        return ordered[ordered.Length / 2];
    }

    static TValue TryGet<TKey, TValue>(this Dictionary<TKey, TValue> from, TKey key) where TKey : notnull where TValue : new()
    {
        if (!from.TryGetValue(key, out var value)) from[key] = value = new();
        return value;
    }

    /// <summary>Whether a row is short of what is wanted.</summary>
    public static bool IsShort(ProgramRow row) => row.Unit == ProgramRow.Rate ? row.Values[1] < LeastRate * row.Values[0] : row.Goal is { } goal && row.Values[1] > goal;
}

/// <summary>One measure: the medians of both versions.</summary>
sealed record ProgramRow(string Measure, string Unit, IReadOnlyList<double> Values, double? Goal)
{
    public const string Rate = "calls/s";
}

/// <summary>What a run found, for the page.</summary>
sealed record ProgramReport(MachineFacts Machine, int Rounds, IReadOnlyList<string> Names, IReadOnlyList<ProgramRow> Rows)
{
    public void SaveInto(string page) => new Page(page, "programs").Write(ToMarkdown());

    public string ToMarkdown() => string.Join('\n',
    [
        $"{Machine.Date}, {Machine.Cpu}, {Machine.Cores} cores, {Machine.System}, Linux {Machine.Kernel}; load average {Number(Machine.LoadBefore)} before, {Number(Machine.LoadAfter)} after; medians of {Rounds} rounds.",
        "",
        $"| what | unit | {string.Join(" | ", Names)} | goal |",
        "| --- | --- | --- | --- | --- |",
        .. Rows.Select(r => $"| {r.Measure} | {r.Unit} | {string.Join(" | ", r.Values.Select(Number))} | {(r.Goal is { } goal ? $"≤ {Number(goal)}" : r.Unit == ProgramRow.Rate ? "≥ 0.95 × before" : "")}{(ProgramRun.IsShort(r) ? ", **short**" : "")} |"),
    ]);

    static string Number(double value) => value.ToString(Math.Abs(value) switch { >= 100 => "N0", >= 10 => "0.#", _ => "0.##" }, CultureInfo.InvariantCulture);
}
