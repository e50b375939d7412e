using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using CliWrap;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.HostBridge.Host;

/// <summary>Starts programs by argv, with a clean environment (PATH, HOME, LC_ALL=C: nothing of the service's own activation leaks into them), bounded output and a deadline.</summary>
public sealed class CommandRunner : ICommandRunner
{
    const int OutputLimit = 64 * 1024 * 1024;
    const int ErrorLimit = 64 * 1024;
    const int LastLines = 6;

    /// <summary>A child that left a daemon behind keeps our pipe open, and the package (CliWrap 3.10.5) would wait for it; after the exit the rest is not worth that.</summary>
    static readonly TimeSpan AfterExit = TimeSpan.FromSeconds(1);

    public async Task<CommandResult> RunAsync(Command command, CancellationToken ct)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        using var reading = new CancellationTokenSource();
        var (output, error) = (new BoundedText(command.Keep ?? OutputLimit), new BoundedText(command.Keep ?? ErrorLimit, keepEnd: command.Keep is null));
        var run = Wrap(command, ProgramPath.Find(command.Program), command.Arguments,
            PipeTarget.Create((stream, _) => output.ReadAsync(stream, reading.Token)), PipeTarget.Create((stream, _) => error.ReadAsync(stream, reading.Token)));
        deadline.CancelAfter(command.Timeout);
        int code;
        try
        {
            code = (await (await StarterThread.RunAsync(() => Start(command, run, process => _ = EndReadingAsync(process, reading), deadline.Token))).Task).ExitCode;
        }
        catch (OperationCanceledException)
        {
            if (ct.IsCancellationRequested) throw new Unanswered($"`{command}` has not ended", ct);
            throw new MeshException(ErrorKind.Timeout, $"`{command}` did not end within {command.Timeout.TotalSeconds:0.#} s and was killed{Quoted(error)}", command.Program);
        }
        if (output.Overflowed && command.Keep is null)
            throw new MeshException(ErrorKind.CommandFailed, $"`{command}` printed more than {OutputLimit / 1024 / 1024} MiB", command.Program);
        return command.SuccessCodes.Contains(code)
            ? new CommandResult(code, output.ToString(), error.ToString(), command.Keep is not null && (output.Overflowed || error.Overflowed))
            : throw Failed(command, code, Quoted(error));
    }

    public async IAsyncEnumerable<string> StreamAsync(Command command, [EnumeratorCancellation] CancellationToken ct)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var lines = Channel.CreateUnbounded<string>();
        var target = PipeTarget.ToDelegate(line => { lines.Writer.TryWrite(line); });
        var run = Wrap(command, ProgramPath.Find("setpriv"), ["--pdeathsig", "KILL", ProgramPath.Find(command.Program), .. command.Arguments], target, target);
        // The kernel kills the child when the thread that started it ends, so that thread lives as long as this process.
        var running = (await StarterThread.RunAsync(() => Start(command, run, _ => { }, end.Token))).Task;
        _ = running.ContinueWith(_ => lines.Writer.Complete(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        try
        {
            var last = new Queue<string>();
            await foreach (var line in lines.Reader.ReadAllAsync(ct))
            {
                last.Enqueue(line);
                if (last.Count > LastLines) last.Dequeue();
                yield return line;
            }
            if ((await running).ExitCode is var code && !command.SuccessCodes.Contains(code)) throw Failed(command, code, Quoted(last));
        }
        finally
        {
            await end.CancelAsync();
            await ((Task)running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Nothing is read or written by the thread that starts it: a program that takes nothing, or says nothing, would hold up all others.</summary>
    static CliWrap.Command Wrap(Command command, string program, IReadOnlyList<string> arguments, PipeTarget output, PipeTarget error) => Cli.Wrap(program)
        .WithArguments(arguments)
        .WithValidation(CommandResultValidation.None)
        .WithStandardOutputPipe(Elsewhere(output))
        .WithStandardErrorPipe(Elsewhere(error))
        .WithStandardInputPipe(command.Input is null ? PipeSource.Null : PipeSource.Create((stream, ct) => Task.Run(() => stream.WriteAsync(Encoding.UTF8.GetBytes(command.Input), ct).AsTask(), ct)));

    static PipeTarget Elsewhere(PipeTarget target) => PipeTarget.Create((stream, ct) => Task.Run(() => target.CopyFromAsync(stream, ct), CancellationToken.None));

    /// <summary>Cancelled, it kills the program with its children: as a request to end, the same token would leave the children.</summary>
    static CommandTask<CliWrap.CommandResult> Start(Command command, CliWrap.Command run, Action<Process> started, CancellationToken ct)
    {
        try
        {
            return run.ExecuteAsync(start => Clean(start, command), started, ct, CancellationToken.None);
        }
        catch (Win32Exception e)
        {
            throw new MeshException(ErrorKind.Unavailable, $"{command.Program} cannot be started: {e.Message}", command.Program, inner: e);
        }
    }

    static void Clean(ProcessStartInfo start, Command command)
    {
        start.Environment.Clear();
        start.Environment["PATH"] = ProgramPath.Value;
        start.Environment["HOME"] = "/root";
        start.Environment["LC_ALL"] = "C";
        foreach (var (name, value) in command.Environment) start.Environment[name] = value;
    }

    static async Task EndReadingAsync(Process process, CancellationTokenSource reading)
    {
        try
        {
            await process.WaitForExitAsync();
            reading.CancelAfter(AfterExit);
        }
        catch (Exception e) when (e is ObjectDisposedException or InvalidOperationException)
        {
            // All was read before.
        }
    }

    /// <summary>What a program says last is why it failed.</summary>
    static string Quoted(BoundedText error) => Quoted(error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    static string Quoted(IReadOnlyCollection<string> lines) => lines.Count == 0 ? "" : $": {string.Join("; ", lines.TakeLast(LastLines))}";

    static MeshException Failed(Command command, int exitCode, string words) =>
        new(ErrorKind.CommandFailed, $"`{command}` ended with code {exitCode}{words}", command.Program);
}
