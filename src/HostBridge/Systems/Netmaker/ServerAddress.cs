using System.Net;
using MeshMcp.Contracts.Nodes;

namespace MeshMcp.HostBridge.Systems.Netmaker;

/// <summary>A server's address as a state gives it.</summary>
static class ServerAddress
{
    /// <summary>The address, or why it cannot be used yet.</summary>
    public static (Uri? Address, string? Waiting) Read(string? text, string path)
    {
        if (text is null) return (null, $"{path} says no address.");
        if (NetmakerJoin.IsPlaceholder(text))
            return (null, $"\"{text}\" is a placeholder: put the server's name or address into {path}, such as https://203.0.113.10:8081.");
        return Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps ? (uri, null) : (null, $"\"{text}\" in {path} is no https address.");
    }

    /// <summary>Whether an enrollment key's server (<c>HOST[:PORT]</c>) is the one at <paramref name="address"/>; its port may be the front's own.</summary>
    public static bool Is(string inKey, Uri address) => string.Equals(inKey.Split(':')[0], address.Host, StringComparison.OrdinalIgnoreCase);

    /// <summary>The literal address in it, for a static endpoint; null when it is a name.</summary>
    public static IPAddress? Literal(Uri address) => IPAddress.TryParse(address.Host, out var literal) ? literal : null;
}
