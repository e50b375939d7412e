using MeshMcp.Contracts.Changes;

namespace MeshMcp.HostBridge.Engine;

/// <summary>
/// Notices that somebody keeps undoing what is put back. After some times, each soon after the one before, the same thing is left alone for a while,
/// longer each time, and reported; everything else is put back as ever.
/// </summary>
public sealed class Contention(TimeProvider time)
{
    const int Times = 5;
    /// <summary>Longer than the minute after which a timer undoes it.</summary>
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(120);
    static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(10);
    static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    readonly Lock _gate = new();
    readonly Dictionary<string, Undone> _undone = [];

    /// <summary>What is left alone now.</summary>
    public IReadOnlyList<Finding> Findings
    {
        get
        {
            lock (_gate)
            {
                var now = time.GetUtcNow();
                return
                [
                    .. from undone in _undone.Values
                       where undone.Until > now
                       select new Finding("contested", undone.Section, $"{undone.What}: put back {undone.Count} times, and somebody undoes it each time; tried again at {undone.Until:u}. Find out who, then take it over (meshctl adopt {undone.Section}), or set modes.{undone.Section} to observe."),
                ];
            }
        }
    }

    /// <summary>Whether all that the step would put back is left alone now.</summary>
    public bool Leaves(Step step)
    {
        lock (_gate) return KeysOf(step).All(k => _undone.TryGetValue(k.Key, out var undone) && undone.Until > time.GetUtcNow());
    }

    /// <summary>The step was run to put something back. Returns what became contested by it.</summary>
    public IReadOnlyList<string> PutBack(Step step)
    {
        var (now, contested) = (time.GetUtcNow(), new List<string>());
        lock (_gate)
        {
            foreach (var quiet in _undone.Where(u => now - u.Value.Last > Soon + u.Value.Pause).Select(u => u.Key).ToList()) _undone.Remove(quiet);
            foreach (var (key, what) in KeysOf(step))
            {
                var count = (_undone.GetValueOrDefault(key)?.Count ?? 0) + 1;
                var pause = count < Times ? TimeSpan.Zero : TimeSpan.FromTicks(Math.Min(FirstPause.Ticks << Math.Min(count - Times, 10), LongestPause.Ticks));
                _undone[key] = new(step.Shown.System, what, count, now, pause);
                if (count == Times) contested.Add(what);
            }
        }
        return contested;
    }

    /// <summary>A daemon of the section is new: what was lost with the old one nobody undid.</summary>
    public void Forget(string section)
    {
        lock (_gate)
            foreach (var key in _undone.Where(u => u.Value.Section == section).Select(u => u.Key).ToList()) _undone.Remove(key);
    }

    /// <summary>A step may put many things back; each counts for itself, so that a switch that lost all its flows gets all of them.</summary>
    static IEnumerable<(string Key, string What)> KeysOf(Step step) => step.Shown.Details is { Count: > 0 } lines
        ? lines.Select(line => ($"{step.Shown.System} {step.Shown.Target} {line}", line))
        : [($"{step.Shown.System} {step.Shown.Target} {step.Shown.Summary}", step.Shown.Summary)];

    sealed record Undone(string Section, string What, int Count, DateTimeOffset Last, TimeSpan Pause)
    {
        public DateTimeOffset Until => Last + Pause;
    }
}
