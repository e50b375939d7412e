using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;

namespace MeshMcp.Tools.Nodes;

/// <summary>The nodes of the mesh, by name.</summary>
public interface INodes
{
    /// <summary>In the order in which they are listed.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>Over connections that calls share; dispose of the client all the same.</summary>
    /// <exception cref="MeshException">NotFound, with the nearest names and all there are.</exception>
    NodeClient Get(string name, CallerIdentity caller);

    /// <summary>Over a connection of its own, opened by its first call: it is newer than everything done before.</summary>
    /// <inheritdoc cref="Get"/>
    NodeClient Fresh(string name, CallerIdentity caller);
}
