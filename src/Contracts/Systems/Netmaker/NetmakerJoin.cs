using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;

namespace MeshMcp.Contracts.Nodes;

/// <summary>What somebody who wants a node to join says; the rest comes from the node's state and from the key itself.</summary>
/// <param name="Key">The enrollment key as the server printed it.</param>
public sealed record NetmakerJoin(string Key, string? Network = null, string? Interface = null, string? Server = null, int? ListenPort = null)
{
    /// <exception cref="MeshException">The key is none, or network and interface are said nowhere.</exception>
    public NetmakerSection SectionOn(NodeState desired)
    {
        if (EnrollmentToken.ServerIn(Key) is not { } inKey)
            throw Wrong("key", "This is no Netmaker enrollment key: give the whole token, base64 as the server prints it.");
        var section = PlaceOn(desired);
        return section with { Server = Server ?? (section.Server is null || IsPlaceholder(section.Server) ? $"https://{inKey}" : section.Server) };
    }

    /// <summary>The same, but for the server, which the key names.</summary>
    /// <exception cref="MeshException">Network and interface are said nowhere.</exception>
    public NetmakerSection PlaceOn(NodeState desired)
    {
        var there = desired.Netmaker is { Mode: NetmakerMode.Client } own && (Network is null || own.Network == Network) ? own : null;
        if (there is null && desired.Netmaker is { Enabled: true } other)
            throw new MeshException(ErrorKind.Conflict, $"This node has a part in {other.Network} already, as {other.Mode.ToString().ToLowerInvariant()}.", "network", "A node has one network: leave that one first.");
        var section = there ?? new()
        {
            Mode = NetmakerMode.Client,
            Network = Network ?? throw Wrong("network", "The node's state names no Netmaker network yet: say which one to join."),
            Interface = Interface ?? throw Wrong("interface", "The node's state names no device for Netmaker yet: say how netclient shall call it, such as nm-privacy."),
        };
        return section with
        {
            Enabled = true,
            Interface = Interface ?? section.Interface,
            ListenPort = ListenPort ?? section.ListenPort,
        };
    }

    /// <summary>Written to be replaced, as in the examples: <c>https://&lt;vps-public-ip&gt;:8081</c>.</summary>
    public static bool IsPlaceholder(string address) => address.Contains('<') || address.Contains("public-ip", StringComparison.OrdinalIgnoreCase);

    static MeshException Wrong(string path, string message) => new(new MeshError(ErrorKind.InvalidArgument, message, path, "Correct it and try again; the node was not changed.", [new(path, message)]));
}
