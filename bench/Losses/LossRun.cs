using System.Diagnostics;
using System.Globalization;
using MeshMcp.Bench.Reporting;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.Bench.Losses;

/// <summary>Takes one part after the other away and measures how long what needs it does not work.</summary>
static class LossRun
{
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20), Steady = TimeSpan.FromSeconds(3), Hangs = TimeSpan.FromSeconds(90);

    public static async Task<LossReport> RunAsync(int rounds, CancellationToken ct)
    {
        await using var mesh = await MeshUnderTest.OpenAsync(ct);
        await using var client = await mesh.ConnectAsync(ct);
        using var node = mesh.NodeClient();
        using var http = new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero });
        var losses = LossList.Of(mesh.Lab, mesh.State, new(mesh.Lab, mesh.State, client, node, http));
        var before = MachineFacts.Load();
        var seconds = losses.Select(_ => new List<double>()).ToList();
        for (var round = 1; round <= rounds; round++)
            for (var i = 0; i < losses.Count; i++)
            {
                await Console.Error.WriteLineAsync($"round {round} of {rounds}: {losses[i].Lost}");
                seconds[i].Add((await MeasureAsync(losses[i], ct)).TotalSeconds);
            }
        return new(MachineFacts.Read(before), rounds, [.. losses.Select((l, i) => (l.Lost, l.Watched, (IReadOnlyList<double>)seconds[i]))]);
    }

    /// <summary>From the loss to the first of the answers that last; zero when none failed.</summary>
    static async Task<TimeSpan> MeasureAsync(Loss loss, CancellationToken ct)
    {
        await SteadyAsync(loss, ct);
        await loss.Take();
        var clock = Stopwatch.StartNew();
        TimeSpan? back = null, failed = null;
        while (clock.Elapsed - (failed ?? TimeSpan.Zero) < Steady)
        {
            if (clock.Elapsed > Hangs) throw new MeshException(ErrorKind.Timeout, $"After {loss.Lost}: {loss.Watched} did not come back within {Hangs.TotalSeconds} s.", loss.Lost);
            var asked = clock.Elapsed;
            if (!await loss.Probe(ct)) (back, failed) = (null, clock.Elapsed);
            else if (failed is not null) back ??= asked;
            await Task.Delay(Pause, ct);
        }
        return back ?? TimeSpan.Zero;
    }

    static async Task SteadyAsync(Loss loss, CancellationToken ct)
    {
        var clock = Stopwatch.StartNew();
        for (var good = 0; good < 5; good = await loss.Probe(ct) ? good + 1 : 0)
            if (clock.Elapsed > Hangs) throw new MeshException(ErrorKind.Unavailable, $"Before {loss.Lost}: {loss.Watched} does not work.", loss.Lost);
    }
}

/// <summary>What a run found, for the page.</summary>
sealed record LossReport(MachineFacts Machine, int Rounds, IReadOnlyList<(string Lost, string Watched, IReadOnlyList<double> Seconds)> Rows)
{
    public void SaveInto(string page) => new Page(page, "losses").Write(ToMarkdown());

    public string ToMarkdown() => string.Join('\n',
    [
        $"{Machine.Date}, {Machine.Cpu}, {Machine.Cores} cores, {Machine.System}, Linux {Machine.Kernel}; load average {Number(Machine.LoadBefore)} before, {Number(Machine.LoadAfter)} after; {Rounds} rounds.",
        "",
        "| lost | watched | back after, s (median) | most, s |",
        "| --- | --- | --- | --- |",
        .. Rows.Select(r => $"| {r.Lost} | {r.Watched} | {(r.Seconds.Max() == 0 ? "no failure seen" : Number(r.Seconds.Order().ElementAt(r.Seconds.Count / 2)))} | {(r.Seconds.Max() == 0 ? "" : Number(r.Seconds.Max()))} |"),
    ]);

    static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
