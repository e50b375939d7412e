namespace MeshMcp.Contracts.State;

/// <summary>
/// A node's state: a set of sections, each owned by one system. Desired and observed state share this type.
/// An absent section is unmanaged; an empty list inside a section means "none".
/// </summary>
public sealed record NodeState
{
    public const int CurrentVersion = 1;

    public int Version { get; init; } = CurrentVersion;
    public BridgeSection? Bridge { get; init; }
    public NetmakerSection? Netmaker { get; init; }
    public WireguardSection? Wireguard { get; init; }
    public OpenflowSection? Openflow { get; init; }
    public LxcSection? Lxc { get; init; }
    public SystemdSection? Systemd { get; init; }
    public PackagekitSection? Packagekit { get; init; }
}
