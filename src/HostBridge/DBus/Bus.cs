namespace MeshMcp.HostBridge.DBus;

/// <summary>The bus itself, as one of those that can be called.</summary>
static class Bus
{
    public const string Name = "org.freedesktop.DBus";
    public const string Path = "/org/freedesktop/DBus";

    static readonly TimeSpan Answer = TimeSpan.FromSeconds(5);

    public static DBusCall Call(string member, string signature = "", params IReadOnlyList<object> arguments) => new(Name, Path, Name, member, signature, arguments) { Timeout = Answer };
}
