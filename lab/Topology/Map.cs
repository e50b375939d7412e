namespace MeshMcp.Lab.Topology;

/// <summary>A cable: two devices, each in its place with its address.</summary>
public sealed record Cable(string Place, string Device, string Address, string FarPlace, string FarDevice, string FarAddress);

/// <summary>A WireGuard device and its one peer. Times in seconds.</summary>
public sealed record Tunnel(string Device, string Address, int? ListenPort, string? Endpoint, int? Keepalive, string AllowedAddresses, string FarSubnet);

/// <summary>A network namespace that stands for a container: <c>eth0</c> in it, <c>vethID</c> in the node.</summary>
public sealed record Container(int Id, string Address)
{
    public string Name => $"ct{Id}";
    public string Veth => $"veth{Id}";
    /// <summary>Locally administered, from the address: 10.1.0.200 is 02:00:0a:01:00:c8.</summary>
    public string Mac => "02:00:" + string.Join(':', Address.Split('.').Select(b => byte.Parse(b).ToString("x2")));
}

/// <param name="Bridge">The bridge's own address, which is the containers' gateway; the host bridge sets it.</param>
public sealed record Node(string Name, string Gateway, string Bridge, Tunnel Tunnel, IReadOnlyList<Container> Containers)
{
    /// <summary>The node's address in the tunnel.</summary>
    public string MeshAddress => Tunnel.Address.Split('/')[0];
}

/// <summary>The document's two nodes and the small internet between them. <c>oo1424oo</c> sits behind the NAT router <c>home</c>.</summary>
public static class Map
{
    public const string PublicAddress = "203.0.113.10", Server = "ct200", ServerAddress = "10.1.0.200", ApiAddress = "10.1.0.201";
    public const int McpPort = 9573, ApiPort = 9574, RelayPort = 9575;
    /// <summary>The users the unprivileged programs run as.</summary>
    public const uint ServerUser = 9573, RelayUser = 9575;

    /// <summary>The lab's internet: its web server by address and name, its name server, and the way out that a VPN provider would be.</summary>
    public const string WebAddress = "198.18.80.80", WebName = "web.example", NameServer = "198.18.80.53", CloudflareAddress = "198.18.0.2";
    public const int CloudflarePort = 2408, VpnPort = 51820;

    public static IReadOnlyList<int> WebPorts { get; } = [80, 443];

    public static IReadOnlyDictionary<string, string> InternetNames { get; } = new Dictionary<string, string>
    {
        [WebName] = WebAddress,
        ["engage.cloudflareclient.com"] = CloudflareAddress,
        ["vps.example"] = PublicAddress,
    };

    public static IReadOnlyList<string> Edges { get; } = ["internet", "cloudflare", "home", "user"];

    public static IReadOnlyList<Cable> Cables { get; } =
    [
        new("user", "eth0", "198.51.100.10/24", "internet", "u0", "198.51.100.1/24"),
        new("vps", "eth0", "203.0.113.10/24", "internet", "v0", "203.0.113.1/24"),
        new("cloudflare", "eth0", "198.18.0.2/24", "internet", "c0", "198.18.0.1/24"),
        new("home", "wan", "192.0.2.20/24", "internet", "h0", "192.0.2.1/24"),
        new("oo1424oo", "eth0", "192.168.1.20/24", "home", "lan", "192.168.1.1/24"),
    ];

    public static IReadOnlyList<(string Place, string Gateway)> Gateways { get; } =
        [("user", "198.51.100.1"), ("cloudflare", "198.18.0.1"), ("home", "192.0.2.1"), .. Nodes.Select(n => (n.Name, n.Gateway))];

    public static IReadOnlyList<Node> Nodes =>
    [
        new("vps", "203.0.113.1", "10.1.0.1",
            new("nm-server", "10.101.0.1/24", 51821, null, null, "10.101.0.2/32,10.0.0.0/24", "10.0.0.0/24"),
            [new(200, ServerAddress), new(201, ApiAddress), new(202, "10.1.0.202")]),
        new("oo1424oo", "192.168.1.1", "10.0.0.1",
            new("nm-privacy", "10.101.0.2/24", null, $"{PublicAddress}:51821", 5, "10.101.0.1/32,10.1.0.0/24", "10.1.0.0/24"),
            [new(100, "10.0.0.100"), new(102, "10.0.0.102")]),
    ];
}
