using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MeshMcp.NetmakerStandIn.Shapes;

namespace MeshMcp.NetmakerStandIn.Client;

/// <summary>The command line <c>netclient</c>.</summary>
static class Netclient
{
    const string Version = "v1.4.0";

    public static async Task<int> RunAsync(string[] words)
    {
        if (words.Length == 0) return Said("netclient: a command is needed (join, leave, list, peers, push, pull, daemon, version)", 1);
        if (!Environment.IsPrivilegedProcess) return Said("this program must be run as root", 1);
        try
        {
            await PrepareAsync();
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return Said("failed to create interface, is wireguard installed?", 1);
        }
        switch (words[0])
        {
            case "join" or "register":
                return await Joining.RunAsync(new Options(words[1..], "-j", "-i", "-A"));
            case "leave":
                return await LeaveAsync(words.ElementAtOrDefault(1) ?? "");
            case "connect" or "disconnect":
                return await SetConnectedAsync(words.ElementAtOrDefault(1) ?? "", words[0] == "connect");
            case "list":
                return await Listing.NodesAsync(words.ElementAtOrDefault(1));
            case "peers":
                return await Listing.PeersAsync(new Options(words[1..], "-j"));
            case "push":
                return await PushAsync(new Options(words[1..], "-j", "-i"));
            case "pull":
                Signal(1);
                return Said("fetched config from server", 0);
            case "daemon":
                await ClientDaemon.RunAsync();
                return 0;
            case "stand-in-recreate":
                Signal(10);
                return 0;
            case "version":
                Console.WriteLine($"netclient Version: {Version}");
                return 0;
            default:
                return Said($"unknown command \"{words[0]}\" for \"netclient\"", 1);
        }
    }

    /// <summary>A line of the log with an exit code.</summary>
    internal static int Said(string line, int code)
    {
        Console.WriteLine($"[netclient] {TimeProvider.System.GetUtcNow():yyyy-MM-dd HH:mm:ss} {line}");
        return code;
    }

    /// <summary>Tells the daemon that runs, if one does: 1 to start over, 10 to make the device anew.</summary>
    internal static void Signal(int signal)
    {
        if (File.Exists(ClientFiles.PidFile) && int.TryParse(File.ReadAllText(ClientFiles.PidFile), out var pid)) _ = Kill(pid, signal);
    }

    internal static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Any, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Every command makes the files when they are not there.</summary>
    static async Task PrepareAsync()
    {
        if (ClientFiles.Host() is not null) return;
        var secret = (await Tool.RunAsync("wg", "genkey")).Trim();
        var key = (await Tool.RunAsync(["wg", "pubkey"], secret)).Trim();
        await ClientFiles.LockedAsync(() =>
        {
            if (ClientFiles.Host() is not null) return false;
            ClientFiles.Write(new ClientHost
            {
                Id = Guid.NewGuid().ToString(), Name = Environment.MachineName, HostPass = Shapes.Random.Text(32), Version = Version,
                PrivateKey = WgKey.Parse(secret), PublicKey = WgKey.Parse(key), MacAddress = [2, .. RandomNumberGenerator.GetBytes(5)],
                TrafficKeyPublic = RandomNumberGenerator.GetBytes(32), TrafficKeyPrivate = RandomNumberGenerator.GetBytes(32),
            });
            ClientFiles.Write([]);
            ClientFiles.Write([], "");
            return true;
        });
    }

    static async Task<int> LeaveAsync(string network)
    {
        var (host, nodes, servers, context) = (ClientFiles.Host()!, ClientFiles.Nodes(), ClientFiles.Servers(), ClientFiles.Context());
        if (!nodes.TryGetValue(network, out var node)) return Said("no such network", 0);
        try
        {
            using var server = new ServerCall(servers[context].API);
            await server.AuthenticateAsync(host);
            await server.CallAsync<Answer>(HttpMethod.Delete, $"api/nodes/{network}/{node.Id}");
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or ServerError)
        {
            return Said($"error leaving network {e.Message}", 0);
        }
        await ClientFiles.LockedAsync(() =>
        {
            nodes.Remove(network);
            ClientFiles.Write(nodes);
            servers[context].Nodes.Remove(network);
            if (nodes.Count == 0) servers.Remove(context);
            ClientFiles.Write(servers, nodes.Count == 0 ? "" : context);
            return true;
        });
        Signal(1);
        return Said($"left network {network}", 0);
    }

    /// <summary>Holds at once here; the server hears of it when it can.</summary>
    static async Task<int> SetConnectedAsync(string network, bool connected)
    {
        var (host, nodes, servers, context) = (ClientFiles.Host()!, ClientFiles.Nodes(), ClientFiles.Servers(), ClientFiles.Context());
        if (!nodes.TryGetValue(network, out var node)) return Said("no such network", 0);
        node.Connected = connected;
        await ClientFiles.LockedAsync(() =>
        {
            ClientFiles.Write(nodes);
            return true;
        });
        try
        {
            using var server = new ServerCall(servers[context].API);
            await server.AuthenticateAsync(host);
            await server.CallAsync<ApiNode>(HttpMethod.Put, $"api/nodes/{network}/{node.Id}", new ApiNode { Id = node.Id, Connected = connected });
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or ServerError)
        {
            Said($"server not told: {e.Message}", 0);
        }
        Signal(1);
        return Said(connected ? $"connected to {network}" : $"disconnected from {network}", 0);
    }

    static async Task<int> PushAsync(Options options)
    {
        var (host, servers, context) = (ClientFiles.Host()!, ClientFiles.Servers(), ClientFiles.Context());
        if (Joining.Adopt(host, options) is { } fault) return Said(fault, 1);
        await ClientFiles.LockedAsync(() =>
        {
            ClientFiles.Write(host);
            return true;
        });
        if (servers.TryGetValue(context, out var known))
        {
            using var server = new ServerCall(known.API);
            await server.AuthenticateAsync(host);
            await server.CallAsync<ApiHost>(HttpMethod.Put, $"api/hosts/{host.Id}", ApiHost.Of(host));
        }
        Signal(1);
        return 0;
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern int Kill(int pid, int signal);
}
