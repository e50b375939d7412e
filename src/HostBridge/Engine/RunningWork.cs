using System.Collections.Concurrent;
using System.Globalization;
using MeshMcp.Contracts.Changes;

namespace MeshMcp.HostBridge.Engine;

/// <summary>What runs on the host now; what takes long may hang, and is told.</summary>
sealed class RunningWork(TimeProvider time)
{
    static readonly TimeSpan Long = TimeSpan.FromSeconds(2);

    readonly ConcurrentDictionary<object, (string System, string What, long Since)> _running = new();

    public Task RunAsync(Step step, Func<Task> work) => RunAsync(step.Shown.System, step.Shown.Summary, work);

    public async Task RunAsync(string system, string what, Func<Task> work)
    {
        var key = new object();
        _running[key] = (system, what, time.GetTimestamp());
        try
        {
            await work();
        }
        finally
        {
            _running.TryRemove(key, out _);
        }
    }

    /// <summary>Whether something runs, and nothing of it is a matter of these systems.</summary>
    public bool IsElsewhere(IReadOnlySet<string> systems) => !_running.IsEmpty && _running.Values.All(r => !systems.Contains(r.System));

    public IEnumerable<Finding> Findings =>
        from running in _running.Values
        let since = time.GetElapsedTime(running.Since)
        where since > Long
        select new Finding("slow", running.System, $"{running.What}: that has been going on for {since.TotalSeconds.ToString("0", CultureInfo.InvariantCulture)} s. A program or a daemon that it waits for may hang; other systems are looked after meanwhile.");
}
