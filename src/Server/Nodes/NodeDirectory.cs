using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Tools.Nodes;

namespace MeshMcp.Server.Nodes;

/// <summary>The nodes of a configuration. Connections to each are kept and used again by all callers.</summary>
public sealed class NodeDirectory(IReadOnlyDictionary<string, NodeEndpoint> endpoints) : INodes, IDisposable
{
    readonly Dictionary<string, HttpMessageHandler> _shared = endpoints.ToDictionary(e => e.Key, e => NodeTransport.Create(e.Value));

    public IReadOnlyList<string> Names { get; } = [.. endpoints.Keys.Order(StringComparer.Ordinal)];

    public NodeClient Get(string name, CallerIdentity caller) => new(name, Find(_shared, name), caller, ownsTransport: false);

    public NodeClient Fresh(string name, CallerIdentity caller) => new(name, NodeTransport.Create(Find(endpoints, name)), caller);

    public void Dispose()
    {
        foreach (var transport in _shared.Values) transport.Dispose();
    }

    T Find<T>(IReadOnlyDictionary<string, T> byName, string name)
    {
        if (byName.TryGetValue(name, out var found)) return found;
        throw new MeshException(new MeshError(ErrorKind.NotFound, $"There is no node '{name}'.", "node",
            Names.Count == 0 ? "The server's configuration names no nodes: the operator adds them under \"nodes\"." : $"The nodes are: {string.Join(", ", Names)}.",
            Nearest.To(name, Names) is { Count: > 0 } near ? [new("node", "is not the name of a node", Nearest: near)] : null));
    }
}
