namespace MeshMcp.HostBridge.DBus;

/// <summary>Which signals to get; null fits all.</summary>
/// <param name="Sender">A unique or a well-known name; the latter follows its owner.</param>
/// <param name="PathBelow">Objects at or below this path.</param>
public sealed record DBusMatch(string? Sender, string? Path = null, string? Interface = null, string? Member = null, string? PathBelow = null)
{
    /// <exception cref="ArgumentException">A part is no valid name, so the rule would say something else.</exception>
    public string ToRule()
    {
        if (Sender is not null && !DBusNames.IsBusName(Sender)) throw new ArgumentException($"'{Sender}' is no bus name", nameof(Sender));
        if ((Path ?? PathBelow) is { } path && !DBusNames.IsPath(path)) throw new ArgumentException($"'{path}' is no object path", nameof(Path));
        if (Interface is not null && !DBusNames.IsInterface(Interface)) throw new ArgumentException($"'{Interface}' is no interface", nameof(Interface));
        if (Member is not null && !DBusNames.IsMember(Member)) throw new ArgumentException($"'{Member}' is no member", nameof(Member));
        (string Key, string? Value)[] parts = [("sender", Sender), ("path", Path), ("path_namespace", PathBelow), ("interface", Interface), ("member", Member)];
        return string.Join(',', ["type='signal'", .. parts.Where(p => p.Value is not null).Select(p => $"{p.Key}='{p.Value}'")]);
    }

    /// <param name="owner">Unique name that <see cref="Sender"/> stands for now.</param>
    internal bool Fits(DBusMessage signal, string? owner) =>
        (Sender is null || signal.Sender == owner) && (Path is null || signal.Path == Path) && (Interface is null || signal.Interface == Interface) && (Member is null || signal.Member == Member)
        && (PathBelow is null or "/" || signal.Path == PathBelow || signal.Path?.StartsWith(PathBelow + "/", StringComparison.Ordinal) == true);
}
