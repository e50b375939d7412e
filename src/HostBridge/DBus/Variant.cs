namespace MeshMcp.HostBridge.DBus;

/// <summary>A value that carries its own type.</summary>
/// <param name="Signature">One complete type.</param>
public sealed record Variant(string Signature, object Value);
