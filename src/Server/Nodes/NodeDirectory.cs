using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Tools.Nodes;

namespace MeshMcp.Server.Nodes;

/// <summary>The nodes the server knows now. Connections to each are kept and used again by all callers, until its address changes.</summary>
public sealed class NodeDirectory : INodes, IDisposable
{
    sealed record Entry(NodeEndpoint Endpoint, HttpMessageHandler Shared);

    readonly Lock _gate = new();
    volatile IReadOnlyDictionary<string, Entry> _entries;

    public NodeDirectory(IReadOnlyDictionary<string, NodeEndpoint> endpoints) => _entries = endpoints.ToDictionary(e => e.Key, e => new Entry(e.Value, NodeTransport.Create(e.Value)));

    public IReadOnlyList<string> Names => [.. _entries.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Takes over another list of nodes; calls to a node that is gone, or has moved, are cut.</summary>
    /// <returns>Whether anything changed.</returns>
    public bool Replace(IReadOnlyDictionary<string, NodeEndpoint> endpoints)
    {
        lock (_gate)
        {
            var before = _entries;
            var after = endpoints.ToDictionary(e => e.Key, e => before.TryGetValue(e.Key, out var kept) && kept.Endpoint == e.Value ? kept : new Entry(e.Value, NodeTransport.Create(e.Value)));
            List<Entry> gone = [.. before.Values.Except(after.Values)];
            if (gone.Count == 0 && after.Count == before.Count) return false;
            _entries = after;
            foreach (var entry in gone) entry.Shared.Dispose();
            return true;
        }
    }

    public NodeClient Get(string name, CallerIdentity caller) => new(name, Find(name).Shared, caller, ownsTransport: false);

    public NodeClient Fresh(string name, CallerIdentity caller) => new(name, NodeTransport.Create(Find(name).Endpoint), caller);

    public void Dispose()
    {
        foreach (var entry in _entries.Values) entry.Shared.Dispose();
    }

    Entry Find(string name)
    {
        if (_entries.TryGetValue(name, out var found)) return found;
        var names = Names;
        throw new MeshException(new MeshError(ErrorKind.NotFound, $"There is no node '{name}'.", "node",
            names.Count == 0 ? "The server's configuration names no nodes: the operator adds them under \"nodes\"." : $"The nodes are: {string.Join(", ", names)}.",
            Nearest.To(name, names) is { Count: > 0 } near ? [new("node", "is not the name of a node", Nearest: near)] : null));
    }
}
