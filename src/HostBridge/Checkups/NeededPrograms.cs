namespace MeshMcp.HostBridge.Checkups;

/// <summary>Programs that a system carries its section out with.</summary>
public sealed record NeededPrograms(string System, params IReadOnlyList<string> Programs);
