using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.HostBridge.Host;

/// <summary>Starts programs by argv, with a clean environment (PATH, HOME, LC_ALL=C: nothing of the service's own activation leaks into them), bounded output and a deadline.</summary>
public sealed class CommandRunner : ICommandRunner
{
    const int OutputLimit = 64 * 1024 * 1024;
    const int ErrorLimit = 64 * 1024;
    const int LastLines = 6;

    /// <summary>A child that left a daemon behind keeps our pipe open; after its exit the rest is not worth waiting for.</summary>
    static readonly TimeSpan AfterExit = TimeSpan.FromSeconds(1);

    static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    public async Task<CommandResult> RunAsync(Command command, CancellationToken ct)
    {
        using var process = Start(command, ProgramPath.Find(command.Program), command.Arguments);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(command.Timeout);
        var (output, error) = (new BoundedText(command.Keep ?? OutputLimit), new BoundedText(command.Keep ?? ErrorLimit, keepEnd: command.Keep is null));
        using var reading = new CancellationTokenSource();
        var readers = Task.WhenAll(output.ReadAsync(process.StandardOutput, reading.Token), error.ReadAsync(process.StandardError, reading.Token));
        try
        {
            await WriteInputAsync(process, command.Input, deadline.Token);
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            Kill(process);
            ct.ThrowIfCancellationRequested();
            throw new MeshException(ErrorKind.Timeout, $"`{command}` did not end within {command.Timeout.TotalSeconds:0.#} s and was killed{Quoted(error)}", command.Program);
        }
        finally
        {
            await Task.WhenAny(readers, Task.Delay(AfterExit, CancellationToken.None));
            await reading.CancelAsync();
        }
        if (output.Overflowed && command.Keep is null)
            throw new MeshException(ErrorKind.CommandFailed, $"`{command}` printed more than {OutputLimit / 1024 / 1024} MiB", command.Program);
        return command.SuccessCodes.Contains(process.ExitCode)
            ? new CommandResult(process.ExitCode, output.ToString(), error.ToString(), command.Keep is not null && (output.Overflowed || error.Overflowed))
            : throw Failed(command, process.ExitCode, Quoted(error));
    }

    public async IAsyncEnumerable<string> StreamAsync(Command command, [EnumeratorCancellation] CancellationToken ct)
    {
        var program = ProgramPath.Find(command.Program);
        // The kernel kills the child when the thread that started it ends, so that thread lives as long as this process.
        using var process = await StarterThread.RunAsync(() =>
            Start(command, ProgramPath.Find("setpriv"), ["--pdeathsig", "KILL", program, .. command.Arguments]));
        try
        {
            await WriteInputAsync(process, command.Input, ct);
            var lines = Channel.CreateUnbounded<string>();
            var readers = Task.WhenAll(CopyLinesAsync(process.StandardOutput, lines.Writer, ct), CopyLinesAsync(process.StandardError, lines.Writer, ct));
            _ = readers.ContinueWith(done => lines.Writer.Complete(done.Exception?.InnerException), TaskScheduler.Default);
            var last = new Queue<string>();
            await foreach (var line in lines.Reader.ReadAllAsync(ct))
            {
                last.Enqueue(line);
                if (last.Count > LastLines) last.Dequeue();
                yield return line;
            }
            await process.WaitForExitAsync(ct);
            if (!command.SuccessCodes.Contains(process.ExitCode))
                throw Failed(command, process.ExitCode, Quoted(last));
        }
        finally
        {
            Kill(process);
        }
    }

    static Process Start(Command command, string program, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = Utf8,
            StandardOutputEncoding = Utf8,
            StandardErrorEncoding = Utf8,
        };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        start.Environment.Clear();
        start.Environment["PATH"] = ProgramPath.Value;
        start.Environment["HOME"] = "/root";
        start.Environment["LC_ALL"] = "C";
        foreach (var (name, value) in command.Environment) start.Environment[name] = value;
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new MeshException(ErrorKind.Unavailable, $"{command.Program} cannot be started: {e.Message}", command.Program, inner: e);
        }
    }

    static async Task WriteInputAsync(Process process, string? input, CancellationToken ct)
    {
        try
        {
            if (input is not null) await process.StandardInput.WriteAsync(input.AsMemory(), ct);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading everything; its exit code and stderr say why.
        }
    }

    static async Task CopyLinesAsync(StreamReader from, ChannelWriter<string> to, CancellationToken ct)
    {
        while (await from.ReadLineAsync(ct) is { } line) to.TryWrite(line);
    }

    static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // Already gone.
        }
    }

    /// <summary>What a program says last is why it failed.</summary>
    static string Quoted(BoundedText error) => Quoted(error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    static string Quoted(IReadOnlyCollection<string> lines) => lines.Count == 0 ? "" : $": {string.Join("; ", lines.TakeLast(LastLines))}";

    static MeshException Failed(Command command, int exitCode, string words) =>
        new(ErrorKind.CommandFailed, $"`{command}` ended with code {exitCode}{words}", command.Program);
}
