namespace MeshMcp.Contracts.State;

/// <summary>The node's one Open vSwitch bridge and its ports.</summary>
public sealed record BridgeSection
{
    /// <summary>At most 15 characters; <c>mesh</c> unless given.</summary>
    public string Name { get; set; } = "mesh";
    /// <summary>IPv4 address of the bridge's own (LOCAL) port with its prefix length, <c>10.1.0.1/24</c>: the containers' gateway.</summary>
    public required string Address { get; init; }
    public Datapath Datapath { get; set; } = Datapath.System;
    public IReadOnlyList<BridgePort> Ports { get; set; } = [];
}

/// <summary>Where packets are switched: in the kernel module, or in user space.</summary>
public enum Datapath { System, Netdev }

/// <summary>A port of the bridge.</summary>
public sealed record BridgePort
{
    public required string Name { get; init; }
    public PortType Type { get; set; } = PortType.System;
    /// <summary>OpenFlow port number, 1-59999. Flows store numbers, so it is fixed; when omitted it is the number at the end of the name (<c>veth200</c>: 200).</summary>
    public int? Ofport { get; init; }
    /// <summary>MAC address, of internal ports only: a system port has its device's.</summary>
    public string? Mac { get; init; }
}

/// <summary><see cref="System"/> is an existing network device, <see cref="Internal"/> one that Open vSwitch makes.</summary>
public enum PortType { System, Internal }
