using System.Diagnostics;

namespace MeshMcp.TestKit;

/// <summary>A long-lived program inside a namespace.</summary>
public sealed class Daemon : IDisposable
{
    static readonly TimeSpan Ends = TimeSpan.FromSeconds(2);

    readonly Process entry;

    /// <param name="entry">The <c>nsenter</c> that started it and ends with it.</param>
    internal Daemon(Process entry)
    {
        this.entry = entry;
        // Nobody reads these; a full pipe would stop the program.
        entry.OutputDataReceived += (_, _) => { };
        entry.ErrorDataReceived += (_, line) => LastWords = line.Data ?? LastWords;
        entry.BeginOutputReadLine();
        entry.BeginErrorReadLine();
    }

    public bool HasExited => entry.HasExited;

    /// <summary>The program's own process; null once it is gone.</summary>
    public int? Pid => Run.ChildOf(entry.Id);

    /// <summary>The last line of its standard error.</summary>
    public string LastWords { get; private set; } = "";

    /// <summary>Kills it as a crash would (SIGKILL) and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        if (Pid is { } pid)
        {
            using var daemon = Process.GetProcessById(pid);
            daemon.Kill();
        }
        await entry.WaitForExitAsync();
    }

    /// <summary>STOP makes it hang, CONT goes on.</summary>
    public async Task SignalAsync(string signal)
    {
        if (Pid is { } pid) await Run.ToEndAsync("kill", [$"-{signal}", $"{pid}"]);
        // nsenter stops with its child, and does not go on with it.
        if (signal == "CONT") await Run.ToEndAsync("kill", [$"-{signal}", $"{entry.Id}"]);
    }

    public void Dispose()
    {
        // Where the program was stopped when its namespace ended, what started it would stay.
        if (!entry.WaitForExit(Ends)) entry.Kill();
        entry.Dispose();
    }
}
