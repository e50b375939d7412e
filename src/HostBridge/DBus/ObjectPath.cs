namespace MeshMcp.HostBridge.DBus;

/// <summary>Names an object of a bus name, <c>/org/freedesktop/systemd1</c>.</summary>
public readonly record struct ObjectPath(string Value)
{
    public override string ToString() => Value;
}
