using Tmds.DBus.Protocol;

namespace MeshMcp.HostBridge.DBus;

/// <summary>Which signals to get; null fits all.</summary>
/// <param name="Sender">A unique or a well-known name; the latter follows its owner.</param>
/// <param name="PathBelow">Objects at or below this path.</param>
public sealed record DBusMatch(string? Sender, string? Path = null, string? Interface = null, string? Member = null, string? PathBelow = null)
{
    /// <exception cref="ArgumentException">A part is no valid name, so the rule would say something else.</exception>
    internal MatchRule Rule()
    {
        if (Sender is not null && !DBusNames.IsBusName(Sender)) throw new ArgumentException($"'{Sender}' is no bus name", nameof(Sender));
        if ((Path ?? PathBelow) is { } path && !DBusNames.IsPath(path)) throw new ArgumentException($"'{path}' is no object path", nameof(Path));
        if (Interface is not null && !DBusNames.IsInterface(Interface)) throw new ArgumentException($"'{Interface}' is no interface", nameof(Interface));
        if (Member is not null && !DBusNames.IsMember(Member)) throw new ArgumentException($"'{Member}' is no member", nameof(Member));
        return new() { Type = MessageType.Signal, Sender = Sender, Path = Path, PathNamespace = PathBelow, Interface = Interface, Member = Member };
    }
}
