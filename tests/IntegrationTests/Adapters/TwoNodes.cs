using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.IntegrationTests.Wireguard;
using MeshMcp.Lab;
using MeshMcp.Lab.Namespaces;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.Adapters;

/// <summary>Both nodes of a bare lab, with network namespaces that stand for containers, and with tunnels that a test makes.</summary>
public sealed class TwoNodes : IAsyncLifetime
{
    public const string Vps = "vps", Home = "oo1424oo", Public = "203.0.113.10", UserAddress = "198.51.100.10";
    public static readonly TimeSpan Hangs = TimeSpan.FromSeconds(60);

    /// <summary>What a user is promised.</summary>
    public static readonly TimeSpan Healed = TimeSpan.FromSeconds(5);

    static readonly (string Node, int Id)[] Ids = [(Vps, 200), (Vps, 201), (Vps, 202), (Home, 100), (Home, 102)];

    readonly Dictionary<int, NetworkNamespace> _containers = [];
    readonly List<IAsyncDisposable> _tunnels = [];

    public MeshLab Lab { get; } = new(LabPrefix.Next('l'), bare: true);

    public async ValueTask InitializeAsync()
    {
        if (!Environment.IsPrivilegedProcess) Assert.Skip("needs root to make namespaces");
        await Lab.UpAsync(port: 0, owner: Environment.ProcessId);
        foreach (var (node, id) in Ids)
        {
            var inside = _containers[id] = await NetworkNamespace.CreateAsync();
            await RunAsync(node, "ip", "link", "add", $"veth{id}", "type", "veth", "peer", "name", "eth0", "mtu", "1420", "netns", $"{inside.Pid}");
            await RunAsync(node, "ip", "link", "set", $"veth{id}", "up");
            await inside.ExecAsync("ip", "address", "add", $"{AddressOf(id)}/24", "dev", "eth0");
            await inside.ExecAsync("ip", "link", "set", "eth0", "up");
            await inside.ExecAsync("ip", "route", "add", "default", "via", AddressOf(id)[..^3] + "1");
        }
    }

    public static string AddressOf(int id) => id < 200 ? $"10.0.0.{id}" : $"10.1.0.{id}";

    /// <summary>A container, as a place to run in.</summary>
    public Place Container(int id) => new($"ct{id}", $"/proc/{_containers[id].Pid}/ns/net", null);

    public Place Place(string name) => Lab.Site.Place(name);

    public Task<string> RunAsync(string place, params IReadOnlyList<string> words) => Lab.In(place, words).TextAsync();

    public static async Task<bool> PingsAsync(Place from, string address) =>
        (await new Command(from, ["ping", "-c1", "-W1", address]).RunAsync()).ExitCode == 0;

    public NodeClient Client(string node) => new(node, NodeTransport.Create(new NodeEndpoint.Local(Lab.FileIn(node, "/run/meshmcp/hostbridge.sock"))));

    /// <summary>Applies a declared document, and confirms it where it must be; a refusal and a failure are thrown.</summary>
    public async Task<ApplyEvent.Finished> ApplyAsync(string node, string document)
    {
        using var client = Client(node);
        ApplyEvent? last = null;
        await foreach (var what in client.ApplyAsync(new() { Declared = JsonDocument.Parse(document).RootElement }, default)) last = what;
        var end = Assert.IsType<ApplyEvent.Finished>(last);
        if (end.Error is { } error) throw new MeshException(error);
        if (end.Generation is { Status: GenerationStatus.AwaitingConfirmation } waits) await client.ConfirmAsync(waits.Number, new(), default);
        return end;
    }

    /// <summary>A real WireGuard device of a node, as wg-quick or netclient would make it: without the host bridge.</summary>
    /// <param name="configuration">In the form of <c>wg setconf</c>.</param>
    public async Task<NodeTunnel> TunnelAsync(string node, string device, string configuration, string address, int mtu)
    {
        var tunnel = new NodeTunnel(Lab, node, device, configuration, address, mtu);
        _tunnels.Add(tunnel);
        await tunnel.StartAsync();
        return tunnel;
    }

    /// <summary>The tunnel between the nodes: <c>nm-server</c> and <c>nm-privacy</c>.</summary>
    public async Task<(NodeTunnel Server, NodeTunnel Privacy)> MeshAsync()
    {
        var (server, privacy) = (await Pair.MakeAsync(Lab), await Pair.MakeAsync(Lab));
        return (
            await TunnelAsync(Vps, "nm-server", $"[Interface]\nPrivateKey={server.Private}\nListenPort=51821\n[Peer]\nPublicKey={privacy.Public}\nAllowedIPs=10.101.0.2/32,10.0.0.0/24\n", "10.101.0.1/24", 1420),
            await TunnelAsync(Home, "nm-privacy", $"[Interface]\nPrivateKey={privacy.Private}\n[Peer]\nPublicKey={server.Public}\nAllowedIPs=10.101.0.1/32,10.1.0.0/24\nEndpoint={Public}:51821\nPersistentKeepalive=5\n", "10.101.0.2/24", 1420));
    }

    /// <summary>Answers every connection with the address that it came from, until the test ends.</summary>
    public static TcpListener Answer(Place place, string address, int port)
    {
        var listener = place.Inside(() =>
        {
            var made = new TcpListener(IPAddress.Parse(address), port);
            made.Start();
            return made;
        });
        _ = ServeAsync(listener);
        return listener;
    }

    /// <summary>What somebody who connects is told; null when nobody answers.</summary>
    public static async Task<string?> AskAsync(Place from, string address, int port)
    {
        using var socket = from.Inside(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Parse(address), port), limit.Token);
            using var reader = new StreamReader(new NetworkStream(socket));
            return await reader.ReadLineAsync(limit.Token);
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var tunnel in _tunnels) await tunnel.DisposeAsync();
        foreach (var container in _containers.Values) await container.DisposeAsync();
        await Lab.DownAsync();
    }

    static async Task ServeAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync();
                await using var writer = new StreamWriter(client.GetStream());
                await writer.WriteLineAsync(((IPEndPoint)client.Client.RemoteEndPoint!).Address.ToString());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
        {
            // The test is over.
        }
    }
}
