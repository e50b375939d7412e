using System.Diagnostics;
using MeshMcp.Contracts.Errors;
using MeshMcp.Lab.Namespaces;

namespace MeshMcp.Lab.Supervision;

/// <summary>Keeps one daemon running: started again when it dies, after 0.2 s and then ever later while it keeps dying, until stopped.</summary>
sealed class Supervised(Daemon daemon, string log, TimeProvider time)
{
    static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(10), Patience = TimeSpan.FromSeconds(60), Grace = TimeSpan.FromSeconds(3),
        Steady = TimeSpan.FromSeconds(5), FirstPause = TimeSpan.FromMilliseconds(200), LongestPause = TimeSpan.FromSeconds(5);

    readonly TaskCompletionSource first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly Lock gate = new();
    TaskCompletionSource wanted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    CancellationTokenSource? run;
    int? pid;

    public DaemonState State
    {
        get
        {
            lock (gate) return new(daemon.Name, pid);
        }
    }

    public string Name => daemon.Name;

    /// <summary>Starts it, or lets it run again after <see cref="StopAsync"/>.</summary>
    public void Start()
    {
        lock (gate) wanted.TrySetResult();
    }

    /// <summary>Ends it and leaves it dead.</summary>
    public async Task StopAsync()
    {
        lock (gate)
        {
            if (wanted.Task.IsCompleted) wanted = new(TaskCreationOptions.RunContinuationsAsynchronously);
            run?.Cancel();
        }
        while (State.Pid is not null) await Task.Delay(Poll, time);
    }

    /// <summary>Until it serves again.</summary>
    public async Task RestartAsync(CancellationToken ct)
    {
        await StopAsync();
        Start();
        while (State.Pid is null || !daemon.Ready()) await Task.Delay(Poll, time, ct);
    }

    /// <summary>Until it has been ready once; the error of one that never was has the end of its log.</summary>
    public Task ReadyAsync() => first.Task;

    /// <summary>Until <paramref name="ct"/> says that the lab goes down.</summary>
    public async Task KeepAsync(CancellationToken ct)
    {
        var pause = FirstPause;
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await wanted.Task.WaitAsync(ct);
                var begun = time.GetTimestamp();
                await OnceAsync(ct);
                if (time.GetElapsedTime(begun) > Steady) pause = FirstPause;
                await Task.Delay(pause, time, ct);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                first.TrySetCanceled(ct);
            }
        }
    }

    async Task OnceAsync(CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await daemon.Before(ct);
        using var process = new Command(daemon.Place, daemon.CommandLine).Start();
        lock (gate) (run, pid) = (stop, process.Id);
        var ended = Follow(process);
        try
        {
            await BecomesReadyAsync(process, stop.Token);
            await daemon.Then(stop.Token);
            first.TrySetResult();
            await ended.WaitAsync(stop.Token);
            Write($"{daemon.Name} ended with {process.ExitCode}");
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
        catch (Exception e)
        {
            Write($"{daemon.Name}: {e.Message}");
            first.TrySetException(e);
        }
        finally
        {
            Syscalls.Kill(process.Id, Syscalls.SigTerm);
            if (await Task.WhenAny(ended, Task.Delay(Grace, time, CancellationToken.None)) != ended) process.Kill();
            await ended;
            lock (gate) (run, pid) = (null, null);
        }
    }

    /// <summary>Writes its output to the log. The task ends with the process, though a child of it may still hold the pipes.</summary>
    Task Follow(Process process)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        process.StandardInput.Close();
        process.OutputDataReceived += (_, line) => Write(line.Data);
        process.ErrorDataReceived += (_, line) => Write(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        process.Exited += (_, _) => ended.TrySetResult();
        process.EnableRaisingEvents = true;
        return ended.Task;
    }

    async Task BecomesReadyAsync(Process process, CancellationToken ct)
    {
        var begun = time.GetTimestamp();
        while (!daemon.Ready())
        {
            if (process.HasExited || time.GetElapsedTime(begun) > Patience)
                throw new MeshException(ErrorKind.Unavailable, $"{daemon.Name} {(process.HasExited ? $"ended with {process.ExitCode}" : "did not become ready")}. {Tail()}", daemon.Name);
            await Task.Delay(Poll, time, ct);
        }
    }

    void Write(string? line)
    {
        if (line is null) return;
        lock (first) File.AppendAllText(log, line + "\n");
    }

    string Tail() => File.Exists(log) ? string.Join('\n', File.ReadLines(log).TakeLast(8)) : "";
}
