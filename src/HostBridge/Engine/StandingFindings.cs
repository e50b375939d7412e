using System.Collections.Concurrent;
using MeshMcp.Contracts.Changes;

namespace MeshMcp.HostBridge.Engine;

/// <summary>What each system had to say when it was looked at last, so that a change need tell only what is new.</summary>
public sealed class StandingFindings
{
    readonly ConcurrentDictionary<string, IReadOnlyList<Finding>> _last = [];

    public void Note(PlanRun run)
    {
        foreach (var seen in run.Seen) _last[seen.System] = seen.Findings;
    }

    /// <summary>What a look after a change found that none before it did. Of a system that was never looked at nothing is new.</summary>
    public IEnumerable<Finding> New(PlanRun run) =>
        run.Seen.SelectMany(s => _last.TryGetValue(s.System, out var last) ? s.Findings.Except(last) : []);
}
