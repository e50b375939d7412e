namespace MeshMcp.HostBridge.DBus;

/// <summary>Bytes that are no D-Bus message.</summary>
public sealed class DBusFormatException(string message) : Exception(message);
