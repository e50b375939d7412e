namespace MeshMcp.HostBridge.DBus;

/// <summary>An error answer, or the connection's own end in the same form.</summary>
/// <param name="name">The error's name, <c>org.freedesktop.systemd1.NoSuchUnit</c>.</param>
public sealed class DBusException(string name, string message, Exception? inner = null) : Exception(message, inner)
{
    public const string NoReply = "org.freedesktop.DBus.Error.NoReply";
    public const string Disconnected = "org.freedesktop.DBus.Error.Disconnected";
    public const string AuthFailed = "org.freedesktop.DBus.Error.AuthFailed";
    public const string NameHasNoOwner = "org.freedesktop.DBus.Error.NameHasNoOwner";
    public const string ServiceUnknown = "org.freedesktop.DBus.Error.ServiceUnknown";
    public const string UnknownMethod = "org.freedesktop.DBus.Error.UnknownMethod";

    public string Name { get; } = name;

    /// <summary>There is nobody to ask, or no answer; not a refusal.</summary>
    public bool IsAbsence => Name is NoReply or Disconnected or AuthFailed or NameHasNoOwner or ServiceUnknown
        or "org.freedesktop.DBus.Error.Timeout" or "org.freedesktop.DBus.Error.TimedOut" or "org.freedesktop.DBus.Error.NoServer"
        || Name.StartsWith("org.freedesktop.DBus.Error.Spawn.", StringComparison.Ordinal);
}
