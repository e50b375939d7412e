using MeshMcp.Contracts.Nodes;

namespace MeshMcp.Server.Enrollment;

/// <summary>The node that holds the mesh's authority, as the server reaches it.</summary>
/// <param name="Authority">The path of <c>ca.crt</c>, which anyone may read.</param>
public sealed record EnrollDoor(string Node, NodeEndpoint Endpoint, string Authority);
