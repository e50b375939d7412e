using System.Text.Json;
using MeshMcp.NetmakerStandIn.Shapes;

namespace MeshMcp.NetmakerStandIn.Client;

/// <summary><c>netclient list</c> and <c>netclient peers</c>.</summary>
static class Listing
{
    static readonly JsonSerializerOptions Lines = new() { WriteIndented = true };

    public static Task<int> NodesAsync(string? network)
    {
        var rows = ClientFiles.Nodes().Values.Where(n => network is null || n.Network == network)
            .Select(n => new { network = n.Network, node_id = n.Id, connected = n.Connected, ipv4_addr = n.Address.ToString(), ipv6_addr = "" }).ToList();
        Console.WriteLine(rows.Count == 0 ? "no such network" : JsonSerializer.Serialize(rows, Lines));
        return Task.FromResult(0);
    }

    /// <summary>Handshakes and counters are the device's, names the server's.</summary>
    public static async Task<int> PeersAsync(Options options)
    {
        var (host, servers, context) = (ClientFiles.Host()!, ClientFiles.Servers(), ClientFiles.Context());
        if (!servers.TryGetValue(context, out var known)) return Netclient.Said("no server", 0);
        using var server = new ServerCall(known.API);
        await server.AuthenticateAsync(host);
        var pull = await server.CallAsync<HostPull>(HttpMethod.Get, "api/v1/host");
        var dump = (await Tool.RunAsync("wg", "show", host.Interface, "dump")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(l => l.Split('\t')).ToDictionary(l => l[0]);
        var peers = pull.PeerIds.ToDictionary(n => n.Key, n => n.Value.Where(p => dump.ContainsKey(p.Key)).Select(p => Row(p.Key, p.Value, dump[p.Key])).ToList());
        Console.WriteLine(JsonSerializer.Serialize(new { @interface = new { name = host.Interface, port = host.ListenPort, public_key = WgKey.Text(host.PublicKey) }, peers }, Lines));
        return 0;
    }

    static object Row(string key, PeerIdentity peer, string[] fields)
    {
        var at = DateTimeOffset.FromUnixTimeSeconds(long.Parse(fields[4]));
        return new
        {
            public_key = key, host_name = peer.Name, network = peer.Network, endpoint = fields[2], last_handshake = fields[4] == "0" ? "never" : at.ToString("u"), last_handshake_time = at,
            receive_bytes = long.Parse(fields[5]), transmit_bytes = long.Parse(fields[6]), allowed_ips = fields[3].Split(','),
            persistent_keepalive = fields[7] == "off" ? 0 : int.Parse(fields[7]), is_extclient = false, username = "",
        };
    }
}
