namespace MeshMcp.Lab.Topology;

/// <summary>A cable: two devices, each in its place with its address.</summary>
public sealed record Cable(string Place, string Device, string Address, string FarPlace, string FarDevice, string FarAddress);

/// <summary>A bare host; all inside it is made by its host bridge.</summary>
/// <param name="Bridge">The address that its state gives the bridge.</param>
/// <param name="MeshAddress">The address that it gets in the Netmaker network.</param>
/// <param name="Containers">Ids, as its example state has them.</param>
public sealed record Node(string Name, string Gateway, string Bridge, string MeshAddress, IReadOnlyList<string> Containers);

/// <summary>The document's two nodes and the small internet between them. <c>oo1424oo</c> sits behind the NAT router <c>home</c>.</summary>
public static class Map
{
    public const string Server = "vps", Far = "oo1424oo", PublicName = "vps.example", PublicAddress = "203.0.113.10", FarAddress = "192.168.1.20", ServerAddress = "10.1.0.200", ApiAddress = "10.1.0.201";
    public const int McpPort = 9573, NetmakerPort = 8081, ApiPort = 9574, RelayPort = 9575;
    /// <summary>The users the unprivileged programs run as.</summary>
    public const uint ServerUser = 9573, RelayUser = 9575;

    /// <summary>The lab's internet: its web server by address and name, its name server, and the way out that a VPN provider would be.</summary>
    public const string WebAddress = "198.18.80.80", WebName = "web.example", NameServer = "1.1.1.1", CloudflareAddress = "198.18.0.2";
    public const int CloudflarePort = 2408, VpnPort = 51820;

    public static IReadOnlyList<int> WebPorts { get; } = [80, 443];

    public static IReadOnlyDictionary<string, string> InternetNames { get; } = new Dictionary<string, string>
    {
        [WebName] = WebAddress,
        ["engage.cloudflareclient.com"] = CloudflareAddress,
        [PublicName] = PublicAddress,
    };

    public static IReadOnlyList<string> Edges { get; } = ["internet", "home", "user"];

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

    /// <summary>A node that is added, by its number from 1, with its cable to the internet.</summary>
    public static (Cable Cable, string Gateway, string Bridge) Added(string name, int number) =>
        (new(name, "eth0", $"198.51.{100 + number}.10/24", "internet", $"x{number}", $"198.51.{100 + number}.1/24"), $"198.51.{100 + number}.1", $"10.{1 + number}.0.1");

    public static IReadOnlyList<Node> Nodes =>
    [
        new("vps", "203.0.113.1", "10.1.0.1", "10.101.0.1", ["200", "201", "202"]),
        new("oo1424oo", "192.168.1.1", "10.0.0.1", "10.101.0.2", ["100", "102"]),
    ];
}
