namespace MeshMcp.HostBridge.DBus;

/// <summary>A method call.</summary>
/// <param name="Signature">Types of <paramref name="Arguments"/>, <c>sasb</c>.</param>
public sealed record DBusCall(string Destination, string Path, string Interface, string Member, string Signature = "", params IReadOnlyList<object> Arguments)
{
    /// <summary>As long as other clients wait.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(25);

    public override string ToString() => $"{Interface}.{Member} of {Destination}";
}
