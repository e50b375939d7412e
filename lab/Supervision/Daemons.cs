using System.Net.Sockets;
using MeshMcp.Lab.Namespaces;
using MeshMcp.Lab.Topology;

namespace MeshMcp.Lab.Supervision;

/// <summary>Every program the lab keeps running.</summary>
static class Daemons
{
    /// <summary>In stages: those of one start together, once those of the stages before are ready.</summary>
    public static async Task<IReadOnlyList<IReadOnlyList<Daemon>>> DescribeAsync(Site site, CancellationToken ct)
    {
        var keys = await Task.WhenAll(Map.Nodes.Select(_ => KeyPair.MakeAsync(ct)));
        IReadOnlyList<Place> nodes = [.. Map.Nodes.Select(n => site.Place(n.Name))];
        return
        [
            [.. nodes.Select(Database), .. site.Bare ? [] : Map.Nodes.Select((n, i) => WireGuard(nodes[i], n.Tunnel, keys[i], keys[1 - i]))],
            [.. nodes.Select(Switch)],
            [.. nodes.Select(HostBridge), .. site.Bare ? [] : nodes.Select(Relay).Append(Server(site.Place(Map.Server)))],
        ];
    }

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

    static Daemon WireGuard(Place node, Tunnel tunnel, KeyPair own, KeyPair peer) =>
        new($"{node.Name}/wireguard-go", node, ["wireguard-go", "--foreground", tunnel.Device])
        {
            Ready = () => Answers(Ground.Source(node, $"/run/wireguard/{tunnel.Device}.sock")),
            Then = async ct =>
            {
                List<string> words = ["wg", "set", tunnel.Device, "private-key", "/dev/stdin"];
                if (tunnel.ListenPort is { } port) words.AddRange(["listen-port", $"{port}"]);
                words.AddRange(["peer", peer.Public, "allowed-ips", tunnel.AllowedAddresses]);
                if (tunnel.Endpoint is { } endpoint) words.AddRange(["endpoint", endpoint]);
                if (tunnel.Keepalive is { } seconds) words.AddRange(["persistent-keepalive", $"{seconds}"]);
                await new Command(node, words).TextAsync(own.Private, ct);
                await new Command(node, ["ip", "-batch", "-"]).TextAsync(
                    $"addr add {tunnel.Address} dev {tunnel.Device}\nlink set {tunnel.Device} mtu {Ground.Mtu} up\nroute add {tunnel.FarSubnet} dev {tunnel.Device}\n", ct);
            },
        };

    static Daemon HostBridge(Place node) => new($"{node.Name}/hostbridge", node, [Programs.Locate("meshmcp-hostbridge", node)])
    {
        Ready = () => Answers(Ground.Source(node, "/run/meshmcp/hostbridge.sock")),
    };

    static Daemon Relay(Place node) => new($"{node.Name}/relay", node, [Programs.Locate("meshmcp-server", node), "relay"])
    {
        User = Map.RelayUser,
        Ready = () => Listens(node, Map.RelayPort),
    };

    static Daemon Server(Place container) => new($"{container.Name}/server", container, [Programs.Locate("meshmcp-server", container), "mcp"])
    {
        User = Map.ServerUser,
        Ready = () => Listens(container, Map.McpPort),
    };

    /// <summary>Whether anybody listens on a TCP port in the place (4th column of the kernel's table: 0A).</summary>
    static bool Listens(Place place, int port) => place.Inside(() => File.ReadLines("/proc/thread-self/net/tcp").Skip(1)
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Any(column => column[3] == "0A" && column[1].EndsWith($":{port:X4}", StringComparison.Ordinal)));

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
