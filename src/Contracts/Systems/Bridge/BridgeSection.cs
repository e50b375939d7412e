using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using MeshMcp.Contracts.Json;

namespace MeshMcp.Contracts.State;

public sealed partial record NodeState
{
    [JsonPropertyOrder(1)] public BridgeSection? Bridge { get; init; }
}

/// <summary>The node's one Open vSwitch bridge and its ports.</summary>
public sealed record BridgeSection : IStateSection
{
    /// <summary>At most 15 characters; <c>mesh</c> unless given.</summary>
    public string Name { get; set; } = "mesh";
    /// <summary>IPv4 address of the bridge's own (LOCAL) port with its prefix length, <c>10.1.0.1/24</c>: the containers' gateway. The first host of their network unless given.</summary>
    public string? Address { get; init; }
    /// <summary>Unless given the kernel's where it has one, else user space.</summary>
    public Datapath? Datapath { get; init; }
    /// <summary>Ports besides those of containers and adapters.</summary>
    public IReadOnlyList<BridgePort> Ports { get; set; } = [];
    /// <summary>Adapters of layer-3 tunnels besides those of the sections <c>wireguard</c> and <c>netmaker</c>.</summary>
    public IReadOnlyList<BridgeAdapter> Adapters { get; set; } = [];

    string? IStateSection.NameOf(string list, JsonNode member) => list switch
    {
        "ports" => (string?)member["name"],
        "adapters" => (string?)member["tunnel"],
        _ => null,
    };
}

/// <summary>Joins a layer-3 tunnel to the bridge: an internal port with policy routes in front of the tunnel's device, which itself can never be a port.</summary>
public sealed record BridgeAdapter
{
    public const int FirstOfport = 60000, Most = 99, FirstTable = 1000;

    /// <summary>The tunnel's device; in flows the adapter goes by this name.</summary>
    public required string Tunnel { get; init; }
    /// <summary>1 to 99, fixed for as long as the tunnel is there: port number, MAC, rules and routing tables follow from it. 1 to 3 are those of Netmaker, WARP and the VPN server.</summary>
    public required int Number { get; init; }
    /// <summary>What leaves by the tunnel takes the tunnel's own address.</summary>
    public bool Masquerade { get; set; }
    /// <summary>Network of devices at the tunnel's far end that have no route of their own on the bridge: the VPN clients'.</summary>
    public string? Clients { get; init; }
    /// <summary>Tunnel that these clients' other traffic leaves by, over the bridge; none: they reach the containers only.</summary>
    public string? Exit { get; init; }

    [System.Text.Json.Serialization.JsonIgnore] public string Port => $"p-{Tunnel}";
    [System.Text.Json.Serialization.JsonIgnore] public int Ofport => FirstOfport + Number;
    [System.Text.Json.Serialization.JsonIgnore] public string Mac => $"02:00:00:00:00:{Number:x2}";
    /// <summary>The port's own address, for ARP towards the containers only.</summary>
    [System.Text.Json.Serialization.JsonIgnore] public string Address => $"169.254.10.{Number}";
    /// <summary>Next hop that nobody has: what is sent to it over the bridge goes where the flows say.</summary>
    public const string Beyond = "169.254.10.254", BeyondMac = "02:00:00:00:00:fe";
    /// <summary>Preference of the rule and number of the table for what comes from the bridge.</summary>
    [System.Text.Json.Serialization.JsonIgnore] public int OutTable => FirstTable + 2 * Number;
    /// <summary>Preference of the rule and number of the table for what comes from the tunnel.</summary>
    [System.Text.Json.Serialization.JsonIgnore] public int InTable => FirstTable + 2 * Number + 1;
}

/// <summary>Where packets are switched: in the kernel module, or in user space.</summary>
[JsonConverter(typeof(CamelCase<Datapath>))]
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
[JsonConverter(typeof(CamelCase<PortType>))]
public enum PortType { System, Internal }
