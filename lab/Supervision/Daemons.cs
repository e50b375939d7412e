using System.Net.Sockets;
using MeshMcp.Lab.Namespaces;
using MeshMcp.Lab.Topology;

namespace MeshMcp.Lab.Supervision;

/// <summary>Every program the lab keeps running: what a host would start by itself, and the internet. What the host bridges start is theirs.</summary>
static class Daemons
{
    /// <summary>In stages: those of one start together, once those of the stages before are ready.</summary>
    /// <param name="exit">Keys of the way out that the internet's provider has, and of the node that uses it.</param>
    public static IReadOnlyList<IReadOnlyList<Daemon>> Describe(Site site, Credentials made)
    {
        IReadOnlyList<Place> nodes = [.. Map.Nodes.Select(n => site.Place(n.Name))];
        return
        [
            [.. nodes.Select(Database), .. site.Bare ? [] : new[] { Internet(site.Place("internet")), Cloudflare(site.Place("cloudflare"), made.Cloudflare, made.Warp), Netmaker(site.Place(Map.Server), made) }],
            [.. nodes.Select(Switch)],
            [.. nodes.Select(HostBridge), .. site.Bare ? [] : nodes.SelectMany(n => new[] { Relay(n), Netclient(n) })],
        ];
    }

    /// <summary>Of one more node, in stages; its relay starts once it is a node.</summary>
    public static IReadOnlyList<IReadOnlyList<Daemon>> OfAdded(Place node) => [[Database(node)], [Switch(node)], [HostBridge(node), Netclient(node)]];

    static Daemon Database(Place node) => new($"{node.Name}/ovsdb-server", node,
        ["ovsdb-server", "/var/lib/openvswitch/conf.db", "--remote=punix:/run/openvswitch/db.sock", "--pidfile", "--no-chdir", "-vconsole:info", "-vsyslog:off"])
    {
        Before = async ct =>
        {
            if (!File.Exists(Ground.Source(node, "/var/lib/openvswitch/conf.db")))
                await new Command(node, ["ovsdb-tool", "create", "/var/lib/openvswitch/conf.db", "/usr/share/openvswitch/vswitch.ovsschema"]).TextAsync(ct: ct);
        },
        Ready = () => Answers(Ground.Source(node, "/run/openvswitch/db.sock")),
        // Read by ovs-vswitchd when it starts; without it TCP from a container carries checksums that nobody has filled in.
        Then = ct => new Command(node, ["ovs-vsctl", "--no-wait", "init", "--", "set", "Open_vSwitch", ".", "other_config:userspace-tso-enable=true"]).TextAsync(ct: ct),
    };

    static Daemon Switch(Place node) => new($"{node.Name}/ovs-vswitchd", node,
        ["ovs-vswitchd", "unix:/run/openvswitch/db.sock", "--pidfile", "--no-chdir", "-vconsole:info", "-vsyslog:off"])
    {
        // Its control socket is named after its process.
        Ready = () => Directory.GetFiles(Ground.Source(node, "/run/openvswitch"), "ovs-vswitchd.*.ctl").Any(Answers),
    };

    /// <summary>Speaks WireGuard as Cloudflare does, to the one device that has registered.</summary>
    static Daemon Cloudflare(Place place, KeyPair own, KeyPair peer) => new("cloudflare/wireguard-go", place, ["wireguard-go", "--foreground", "wgcf"])
    {
        Ready = () => Answers(Ground.Source(place, "/run/wireguard/wgcf.sock")),
        Then = async ct =>
        {
            await new Command(place, ["wg", "set", "wgcf", "private-key", "/dev/stdin", "listen-port", $"{Map.CloudflarePort}", "peer", peer.Public, "allowed-ips", "172.16.0.2/32"]).TextAsync(own.Private, ct);
            await new Command(place, ["ip", "-batch", "-"]).TextAsync("addr add 172.16.0.1/24 dev wgcf\nlink set wgcf mtu 1420 up\n", ct);
        },
    };

    static Daemon Internet(Place place) => new("internet/servers", place, [Programs.Locate("meshmcp-lab", place), "internet"])
    {
        Ready = () => Listens(place, Map.WebPorts[0]),
    };

    static Daemon Netmaker(Place node, Credentials made) => new($"{node.Name}/netmaker", node, made.NetmakerCommand)
    {
        Ready = () => Listens(node, Map.NetmakerPort),
    };

    static Daemon Netclient(Place node) => new($"{node.Name}/netclient", node, ["netclient", "daemon"])
    {
        Ready = () => true,
    };

    static Daemon HostBridge(Place node) => new($"{node.Name}/hostbridge", node, [Programs.Locate("meshmcp-hostbridge", node)])
    {
        Ready = () => Answers(Ground.Source(node, "/run/meshmcp/hostbridge.sock")),
    };

    public static Daemon Relay(Place node) => new($"{node.Name}/relay", node, [Programs.Locate("meshmcp-server", node), "relay"])
    {
        User = Map.RelayUser,
        Ready = () => Listens(node, Map.RelayPort),
    };

    /// <summary>Whether anybody listens on a TCP port in the place (4th column of the kernel's table: 0A).</summary>
    static bool Listens(Place place, int port) => place.Inside(() => new[] { "tcp", "tcp6" }.Select(p => $"/proc/thread-self/net/{p}").Where(File.Exists).SelectMany(File.ReadLines)
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Any(column => column is [_, var local, _, "0A", ..] && local.EndsWith($":{port:X4}", StringComparison.Ordinal)));

    /// <summary>Whether a program accepts connections on this socket file; one left by a dead program refuses.</summary>
    static bool Answers(string file)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(file));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
