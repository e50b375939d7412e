using MeshMcp.Contracts.Nodes;
using MeshMcp.Server.Enrollment;

namespace MeshMcp.Server.Nodes;

/// <summary>Where the server's nodes come from.</summary>
/// <param name="Nodes">Those of the configuration as it was when the server started.</param>
/// <param name="Reread">Reads them again; null where there is no file. Throws what is wrong with it.</param>
/// <param name="File">The configuration, looked at for changes.</param>
/// <param name="Enroll">Whose joined nodes count too.</param>
/// <param name="Joined">How a joined node is reached at an address.</param>
public sealed record NodeSources(
    IReadOnlyDictionary<string, NodeEndpoint> Nodes,
    string? File = null,
    Func<IReadOnlyDictionary<string, NodeEndpoint>>? Reread = null,
    EnrollDoor? Enroll = null,
    Func<string, string, NodeEndpoint>? Joined = null);
