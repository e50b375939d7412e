using MeshMcp.NetmakerStandIn.Shapes;

namespace MeshMcp.NetmakerStandIn.Serving;

sealed partial class Mesh
{
    /// <summary>What a host must know: its nodes, its peers with the addresses each of them answers for, and the egress routes.</summary>
    public HostPull PullOf(string hostId) => Change(k =>
    {
        var host = k.Hosts.FirstOrDefault(h => h.Id == hostId) ?? throw new Refusal(400, "record not found");
        List<Node> own = [.. k.Nodes.Where(n => n.HostId == hostId).Select(n => n with { IsEgressGateway = RangesOf(k, n).Count > 0, EgressGatewayRanges = RangesOf(k, n) })];
        foreach (var node in k.Nodes.Where(n => n.HostId == hostId)) node.LastCheckIn = time.GetUtcNow();
        var networks = own.Select(n => n.Network).ToHashSet();
        List<Node> others = [.. k.Nodes.Where(n => n.HostId != hostId && n.Connected && networks.Contains(n.Network))];
        return new HostPull(host with { HostPass = "" }, own, [.. others.GroupBy(n => n.HostId).Select(g => PeerOf(k, k.Hosts.First(h => h.Id == g.Key), g))])
        {
            ServerConfig = Configuration,
            PeerIds = networks.ToDictionary(n => n, n => others.Where(o => o.Network == n).ToDictionary(o => KeyOf(k, o), o => IdentityOf(k, o))),
            EgressNetworkRoutes =
            [
                .. from other in others
                   let ranges = RangesOf(k, other)
                   where ranges.Count > 0
                   select new EgressRoutes(KeyOf(k, other), other.Address, own.First(n => n.Network == other.Network).Address, ranges, other.Network),
            ],
            FwUpdate = new(true, own.Any(n => n.IsEgressGateway)),
        };
    });

    public ApiNode Shown(Node node)
    {
        var ranges = List(k => RangesOf(k, node));
        var seen = node.LastCheckIn.ToUnixTimeSeconds();
        return new()
        {
            Id = node.Id, HostId = node.HostId, Address = node.Address.ToString(), Network = node.Network, NetworkRange = node.NetworkRange.ToString(), Server = node.Server,
            Connected = node.Connected, PendingDelete = node.PendingDelete, IsEgressGateway = ranges.Count > 0, EgressGatewayRanges = [.. ranges],
            LastCheckIn = seen, LastModified = seen, LastPeerUpdate = seen, Status = time.GetUtcNow() - node.LastCheckIn < TimeSpan.FromMinutes(10) ? (node.Connected ? "online" : "disconnected") : "offline",
        };
    }

    static PeerConfig PeerOf(Known k, Host host, IEnumerable<Node> nodes) => new(
        host.PublicKey, false, false, null, host.EndpointIP.Length == 0 ? null : new(host.EndpointIP, host.IsStaticPort ? host.ListenPort : host.WgPublicListenPort),
        host.PersistentKeepalive, true, [.. nodes.SelectMany<Node, IpNet>(n => [n.Address with { Mask = [255, 255, 255, 255] }, .. RangesOf(k, n).Select(IpNet.Parse)])]);

    static List<string> RangesOf(Known k, Node node) => [.. k.Egress.Where(e => e.Status && e.Network == node.Network && e.Nodes.ContainsKey(node.Id)).Select(e => e.Range)];

    static string KeyOf(Known k, Node node) => WgKey.Text(k.Hosts.First(h => h.Id == node.HostId).PublicKey);

    static PeerIdentity IdentityOf(Known k, Node node)
    {
        var host = k.Hosts.First(h => h.Id == node.HostId);
        return new(node.Id, node.Address.IP, node.Address.IP, host.Name, node.Network, host.Id, host.ListenPort);
    }
}
