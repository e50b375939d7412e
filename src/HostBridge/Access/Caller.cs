using MeshMcp.Contracts.Trust;

namespace MeshMcp.HostBridge.Access;

/// <summary>Who asks, with the rights that are left after every limit.</summary>
/// <param name="Name"><c>uid 0</c>, or <c>operator via server/vps</c>.</param>
/// <param name="Scope">The lower of the delegate's ceiling and what the server passed on.</param>
/// <param name="IsLocal">On the socket itself, not through the relay.</param>
/// <param name="Systems">Sections it may change; null for all.</param>
/// <param name="Tool">By which tool of a server; null on the node itself.</param>
/// <param name="ConnectionAge">Time since the connection was accepted.</param>
public sealed record Caller(string Name, Scope Scope, bool IsLocal, IReadOnlyList<string>? Systems, TimeSpan ConnectionAge, string? Tool = null);
