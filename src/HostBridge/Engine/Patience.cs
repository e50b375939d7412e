using System.Collections.Concurrent;
using System.Globalization;
using MeshMcp.Contracts.Errors;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.Engine;

/// <summary>
/// Asks systems, each within its own time: whatever happens in one (a daemon that hangs, an odd file, a defect) is an answer like any other.
/// A question that was given up and does not end is not asked a second time beside it.
/// </summary>
public sealed partial class Patience(TimeProvider time, ILogger log)
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(2), Brief = TimeSpan.FromMilliseconds(500);
    /// <summary>What listens to its cancellation has ended by then.</summary>
    static readonly TimeSpan ToGiveUp = TimeSpan.FromMilliseconds(100);

    readonly ConcurrentDictionary<string, (Task Question, long Since)> _unanswered = new();
    readonly ConcurrentDictionary<string, bool> _silent = new();

    /// <summary>Whether the system had no answer in time when it was asked last.</summary>
    public bool Silent(string system) => _silent.ContainsKey(system);

    /// <param name="briefly">Nobody who asks needs the answer: it is given up soon.</param>
    public async Task<SystemAnswer> AskAsync(string system, Func<CancellationToken, Task<SystemPlan>> question, CancellationToken ct, bool briefly = false)
    {
        if (_unanswered.TryGetValue(system, out var open))
        {
            if (!open.Question.IsCompleted) return Hangs(system, open.Since);
            _unanswered.TryRemove(system, out _);
        }
        var since = time.GetTimestamp();
        var within = briefly ? Brief : Limit;
        using var over = new CancellationTokenSource(within, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct, over.Token);
        // On a thread of its own: also what waits in a system call holds up nobody.
        var asked = Task.Run(() => question(limit.Token), CancellationToken.None);
        try
        {
            var share = await asked.WaitAsync(within + ToGiveUp, time, ct);
            _silent.TryRemove(system, out _);
            return new(share, null);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            throw;
        }
        catch (OperationCanceledException e)
        {
            return Hangs(system, since, (e as Unanswered)?.Message);
        }
        catch (TimeoutException) when (!asked.IsCompleted)
        {
            _unanswered[system] = (asked, since);
            return Hangs(system, since);
        }
        catch (Exception e)
        {
            _silent.TryRemove(system, out _);
            return new(null, ErrorOf(log, e));
        }
    }

    /// <param name="who">Did not answer it; null when it does not say.</param>
    SystemAnswer Hangs(string system, long since, string? who = null)
    {
        _silent[system] = true;
        return new(null, new(ErrorKind.Unavailable,
            $"{system} has not answered for {Math.Max(1, time.GetElapsedTime(since).TotalSeconds).ToString("0", CultureInfo.InvariantCulture)} s: {who ?? "a daemon or a program that it asks hangs"}.", system,
            "Restart what hangs. Other systems are looked after meanwhile."));
    }

    /// <summary>What went wrong, in words; a defect is logged.</summary>
    internal static MeshError ErrorOf(ILogger log, Exception e)
    {
        if (e is MeshException mesh) return mesh.Error;
        if (e is IOException or UnauthorizedAccessException) return FileFault.Of(e);
        LogDefect(log, e);
        return new(ErrorKind.Bug, e.Message, Hint: "This is a defect of MeshMcp: please report it with the host bridge's log.");
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Defect while looking at the node or changing it")]
    static partial void LogDefect(ILogger log, Exception e);
}

/// <summary>A share of a plan, or why there is none.</summary>
public sealed record SystemAnswer(SystemPlan? Share, MeshError? Fault);
