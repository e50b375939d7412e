using MeshMcp.Contracts.Nodes;
using MeshMcp.HostBridge.Audit;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Engine;

/// <summary>What was done on the node: its generations, and of the audit what is no change of the desired state.</summary>
public sealed class NodeHistory(NodeEngine engine, NodeStore store, AuditLog audit, TimeProvider time)
{
    /// <summary>So far back operations are looked for where nobody says since when: the audit may be long.</summary>
    static readonly TimeSpan Usual = TimeSpan.FromDays(30);

    /// <summary>Newest first.</summary>
    public IReadOnlyList<HistoryEntry> List(HistoryQuery query)
    {
        HistoryEntry[] changes =
        [
            .. store.Generations.List(int.MaxValue).Select(g => g.Generation)
                .Where(g => (query.Since is null || g.At >= query.Since) && (query.Until is null || g.At < query.Until) && (query.By is null || g.By.Contains(query.By, StringComparison.OrdinalIgnoreCase)))
                .Take(query.Limit).Select(g => new HistoryEntry(engine.Read(g.Number), null)),
        ];
        // What is older than a full page of changes is not on it.
        var since = changes.Length == query.Limit ? changes[^1].At : query.Since ?? time.GetUtcNow() - Usual;
        var operations = audit.Search(new(query.Limit, Caller: query.By, Since: since, Until: query.Until, Operations: true)).Select(e => new HistoryEntry(null, e));
        return [.. changes.Concat(operations).OrderByDescending(e => e.At).Take(query.Limit)];
    }
}
