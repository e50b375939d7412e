using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.State;

namespace MeshMcp.Contracts.Nodes;

/// <summary>What the <c>xray</c> section of a node has come to.</summary>
public sealed record XrayStatus
{
    public XrayPart? Server { get; init; }
    public XrayPart? Exit { get; init; }
    /// <summary>Of the server, by name.</summary>
    public IReadOnlyList<XrayUserStatus> Users { get; set; } = [];
    public IReadOnlyList<Finding> Findings { get; set; } = [];
}

/// <summary>One program in its container.</summary>
/// <param name="Version">Of the program on the host; absent when it is not installed.</param>
/// <param name="Configured">The container has the configuration that the state asks for.</param>
/// <param name="Running">A process with that configuration runs in the container.</param>
/// <param name="To">Server: the exit.</param>
public sealed record XrayPart(string Container, XrayProgram Program, string? Version, bool Configured, bool Running, IReadOnlyList<XrayInboundStatus> Inbounds, string? To = null)
{
    /// <summary>Why there are no counters.</summary>
    public string? NoTraffic { get; init; }
}

/// <summary>A port that the program listens on. Bytes since the program started; absent when it could not be asked.</summary>
public sealed record XrayInboundStatus(string Protocol, int Port, XraySecurity Security, long? Up, long? Down);

/// <summary>A user. Bytes sent (up) and received (down) since the program started; absent when it could not be asked.</summary>
/// <param name="Active">The server knows the user.</param>
public sealed record XrayUserStatus(string Name, bool Active, long? Up, long? Down);

/// <summary>Body of <c>POST /v1/xray/users</c>: a user with an id made on the node.</summary>
public sealed record NewXrayUser(string Name)
{
    public string? Why { get; init; }
}

/// <param name="Generation">The change; confirmed already.</param>
/// <param name="Links">None where they are handed over.</param>
public sealed record AddedXrayUser(string Name, int? Generation, IReadOnlyList<XrayLink> Links, IReadOnlyList<Finding> Findings) : IHandedOver
{
    public Handover? Handover { get; init; }

    public HandedOver Secret() => XrayUserLinks.Handed(Name, Links);

    public IHandedOver Without(Handover where) => this with { Links = [], Handover = where };
}

public sealed record RemovedXrayUser(string Name, int? Generation);

/// <param name="Links">None where they are handed over.</param>
public sealed record XrayUserLinks(string Name, IReadOnlyList<XrayLink> Links) : IHandedOver
{
    public Handover? Handover { get; init; }

    public HandedOver Secret() => Handed(Name, Links);

    public IHandedOver Without(Handover where) => this with { Links = [], Handover = where };

    internal static HandedOver Handed(string name, IReadOnlyList<XrayLink> links) =>
        new(HandedKind.XrayUser, $"Xray user {name}", [.. links.Select(l => new HandedText($"Link by {l.Protocol}", l.Link, $"{name}-{l.Protocol}.txt", true))]);
}

/// <summary>Everything a user's program needs to connect, as one string that also fits a QR code. A secret.</summary>
/// <param name="Protocol"><c>vless</c> or <c>vmess</c>.</param>
public sealed record XrayLink(string Protocol, string Link);
