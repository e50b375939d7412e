namespace MeshMcp.HostBridge.DBus;

/// <summary>A signal that came.</summary>
/// <param name="Sender">Unique name of who sent it.</param>
public sealed record DBusSignal(string Sender, string Path, string Interface, string Member, IReadOnlyList<object> Arguments);
