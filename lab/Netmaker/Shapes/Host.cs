using System.Text.Json.Serialization;

namespace MeshMcp.NetmakerStandIn.Shapes;

/// <summary>A machine, <c>schema.Host</c>.</summary>
record Host
{
    public string Id { get; set; } = "";
    public int Verbosity { get; set; }
    public string FirewallInUse { get; set; } = "nftables";
    public string Version { get; set; } = "v1.4.0";
    public string Name { get; set; } = "";
    public string OS { get; set; } = "linux";
    [JsonPropertyName("os_family")] public string OsFamily { get; set; } = "linux";
    [JsonPropertyName("os_version")] public string OsVersion { get; set; } = "";
    [JsonPropertyName("kernel_version")] public string KernelVersion { get; set; } = "";
    public string HostPass { get; set; } = "";
    public string Interface { get; set; } = "netmaker";
    public bool DaemonInstalled { get; set; } = true;
    public bool IPForwarding { get; set; } = true;
    public bool AutoUpdate { get; set; }
    public bool Debug { get; set; }
    public int ListenPort { get; set; }
    [JsonPropertyName("wg_public_listen_port")] public int WgPublicListenPort { get; set; }
    public int MTU { get; set; } = 1420;
    public int[] PublicKey { get; set; } = [];
    public byte[] MacAddress { get; set; } = [];
    public byte[] TrafficKeyPublic { get; set; } = [];
    public List<string> Nodes { get; set; } = [];
    public bool IsDefault { get; set; }
    [JsonPropertyName("nat_type")] public string NatType { get; set; } = "";
    public bool IsDocker { get; set; }
    public bool IsK8S { get; set; }
    public bool IsStaticPort { get; set; }
    public bool IsStatic { get; set; }
    /// <summary>Nanoseconds.</summary>
    public long PersistentKeepalive { get; set; } = 20_000_000_000;
    public string DefaultInterface { get; set; } = "";
    public string EndpointIP { get; set; } = "";
    public string EndpointIPv6 { get; set; } = "";
    [JsonPropertyName("country_code")] public string CountryCode { get; set; } = "";
    public string Location { get; set; } = "";
    [JsonPropertyName("enable_flow_logs")] public bool EnableFlowLogs { get; set; }

    public Host Only() => GetType() == typeof(Host) ? this : Copy();

    Host Copy() => new()
    {
        Id = Id, Verbosity = Verbosity, FirewallInUse = FirewallInUse, Version = Version, Name = Name, OS = OS, OsFamily = OsFamily, OsVersion = OsVersion,
        KernelVersion = KernelVersion, HostPass = HostPass, Interface = Interface, DaemonInstalled = DaemonInstalled, IPForwarding = IPForwarding, AutoUpdate = AutoUpdate,
        Debug = Debug, ListenPort = ListenPort, WgPublicListenPort = WgPublicListenPort, MTU = MTU, PublicKey = PublicKey, MacAddress = MacAddress,
        TrafficKeyPublic = TrafficKeyPublic, Nodes = Nodes, IsDefault = IsDefault, NatType = NatType, IsStaticPort = IsStaticPort, IsStatic = IsStatic,
        PersistentKeepalive = PersistentKeepalive, DefaultInterface = DefaultInterface, EndpointIP = EndpointIP,
    };
}

/// <summary>A host as operators see it, <c>models.ApiHost</c>: keys in base64, times in seconds, no password.</summary>
sealed record ApiHost
{
    public string Id { get; set; } = "";
    public int Verbosity { get; set; }
    public string FirewallInUse { get; set; } = "";
    public string Version { get; set; } = "";
    public string Name { get; set; } = "";
    public string OS { get; set; } = "";
    [JsonPropertyName("os_family")] public string OsFamily { get; set; } = "";
    [JsonPropertyName("os_version")] public string OsVersion { get; set; } = "";
    [JsonPropertyName("kernel_version")] public string KernelVersion { get; set; } = "";
    public bool Debug { get; set; }
    public bool AutoUpdate { get; set; }
    public bool IsStaticPort { get; set; }
    public bool IsStatic { get; set; }
    public bool IsDefault { get; set; }
    public int ListenPort { get; set; }
    [JsonPropertyName("wg_public_listen_port")] public int WgPublicListenPort { get; set; }
    public int MTU { get; set; }
    public List<ApiIface> Interfaces { get; set; } = [];
    public string DefaultInterface { get; set; } = "";
    public string EndpointIP { get; set; } = "";
    public string EndpointIPv6 { get; set; } = "";
    public string PublicKey { get; set; } = "";
    public string MacAddress { get; set; } = "";
    public List<string> Nodes { get; set; } = [];
    [JsonPropertyName("nat_type")] public string NatType { get; set; } = "";
    public int PersistentKeepalive { get; set; }
    [JsonPropertyName("country_code")] public string CountryCode { get; set; } = "";
    public string Location { get; set; } = "";
    public string DNS { get; set; } = "";
    [JsonPropertyName("enable_flow_logs")] public bool EnableFlowLogs { get; set; }

    public static ApiHost Of(Host host) => new()
    {
        Id = host.Id, Verbosity = host.Verbosity, FirewallInUse = host.FirewallInUse, Version = host.Version, Name = host.Name, OS = host.OS,
        OsFamily = host.OsFamily, OsVersion = host.OsVersion, KernelVersion = host.KernelVersion, AutoUpdate = host.AutoUpdate, Debug = host.Debug,
        IsStaticPort = host.IsStaticPort, IsStatic = host.IsStatic, IsDefault = host.IsDefault, ListenPort = host.ListenPort, WgPublicListenPort = host.WgPublicListenPort,
        MTU = host.MTU, DefaultInterface = host.DefaultInterface, EndpointIP = host.EndpointIP, EndpointIPv6 = host.EndpointIPv6, PublicKey = WgKey.Text(host.PublicKey),
        MacAddress = string.Join(':', host.MacAddress.Select(b => b.ToString("x2"))), Nodes = host.Nodes, NatType = host.NatType,
        PersistentKeepalive = (int)(host.PersistentKeepalive / 1_000_000_000),
    };
}

sealed record ApiIface(string Name, [property: JsonPropertyName("addressString")] string AddressString);
