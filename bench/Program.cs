using System.Runtime.InteropServices;
using MeshMcp.Bench;
using MeshMcp.Bench.Losses;
using MeshMcp.Bench.Peers;
using MeshMcp.Bench.Programs;
using MeshMcp.Contracts.Errors;

if (args is [EchoServer.Word]) return await EchoServer.RunAsync();

using var stop = new CancellationTokenSource();
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var hungUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
try
{
    if (args.Contains("--help") || args.Contains("-h"))
    {
        Console.Write(BenchOptions.Usage);
        return 0;
    }
    var options = BenchOptions.Parse(args);
    if (options.Only == "losses")
    {
        var losses = await LossRun.RunAsync(options.Sizes.Rounds, stop.Token);
        Console.WriteLine(losses.ToMarkdown());
        if (options.Write is { } place) losses.SaveInto(place);
        return 0;
    }
    if (options.Only == "programs")
    {
        var programs = await ProgramRun.RunAsync(options.Sizes, stop.Token);
        Console.WriteLine(programs.ToMarkdown());
        if (options.Write is { } place) programs.SaveInto(place);
        return 0;
    }
    var report = await Contest.RunAsync(options.Sizes, stop.Token);
    Console.WriteLine(report.ToMarkdown());
    if (options.Json is { } json) report.SaveJson(json);
    if (options.Write is { } page) report.SaveInto(page);
    return 0;
}
catch (Exception e) when (stop.IsCancellationRequested)
{
    await Console.Error.WriteLineAsync($"meshmcp-bench: interrupted ({e.GetType().Name}); what it started is gone.");
    return 130;
}
catch (MeshException e)
{
    await Console.Error.WriteLineAsync($"meshmcp-bench: {e.Error.Message}{(e.Error.Hint is { } hint ? " " + hint : "")}");
    return e.Error.Kind == ErrorKind.InvalidArgument ? 2 : 1;
}
catch (Exception e)
{
    await Console.Error.WriteLineAsync($"meshmcp-bench: {e}");
    return 1;
}

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}
