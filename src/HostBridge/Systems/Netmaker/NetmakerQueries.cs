using System.Globalization;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.Systems.Netmaker;

/// <summary>Reads how the membership is; changes nothing.</summary>
sealed class NetmakerQueries(NetmakerSystem system, NetmakerWork work, NetmakerApi api, ICommandRunner commands, LinkAddresses links, TimeProvider time)
{
    /// <summary>WireGuard renews a session that carries anything every two minutes; keepalives see to it that it does.</summary>
    const int AliveFor = 180;

    public async Task<NetmakerStatus> StatusAsync(NodeState desired, CancellationToken ct)
    {
        if (desired.Netmaker is not { Enabled: true } section)
            return new(null, null, null, false, false, null, null, null, [], [], "By its state this node is in no Netmaker network: netmaker_join makes it a member.");
        var observed = await system.ObserveAsync(desired, ct);
        var member = observed.In(section.Network);
        var server = section.Mode == NetmakerMode.Server ? ServerAddress.Read(section.ApiEndpoint, "").Address
            : (NetclientFiles.Api() is { } used ? ServerAddress.Read($"https://{used}", "").Address : null) ?? ServerAddress.Read(section.Server, "").Address;
        var trouble = server is null ? null : await api.TroubleAsync(server, ct);
        var names = await NamesAsync(section, server is not null && trouble is null, ct);
        var peers = member is not null && observed.DeviceUp ? await PeersAsync(section.Interface, names, ct) : [];
        IReadOnlyList<string> registered = observed.Server is { } view ? [.. view.Egress.Select(e => e.Range)] : member?.EgressGatewayRanges ?? [];
        NetmakerEgress[] egress = [.. NetmakerSystem.Complete(desired)!.Egress!.Union(registered).Select(r => new NetmakerEgress(r, registered.Contains(r)))];
        return new(section.Mode, section.Network, section.Interface, member is not null, observed.DeviceUp, member is null ? null : $"{member.Address}", server?.ToString().TrimEnd('/'),
            server is null ? null : trouble is null, egress, peers, Verdict(section, observed, trouble, peers));
    }

    /// <exception cref="MeshException">NotSupported in client mode.</exception>
    public async Task<NetmakerHosts> HostsAsync(NodeState desired, CancellationToken ct)
    {
        var access = work.Access(desired.Netmaker);
        var (hosts, nodes, egress) = (await api.HostsAsync(access, ct), await api.NodesAsync(access, ct), await api.EgressAsync(access, desired.Netmaker!.Network, ct));
        return new([.. hosts.OrderBy(h => h.Name, StringComparer.Ordinal).Select(h => Shown(h, nodes, egress))]);
    }

    public static NetmakerHost Shown(ApiHost host, IReadOnlyList<ApiNode> nodes, IReadOnlyList<ApiEgress> egress)
    {
        ApiNode[] own = [.. nodes.Where(n => n.HostId == host.Id)];
        var seen = own.Select(n => n.LastCheckIn).DefaultIfEmpty(0).Max();
        return new(host.Id, host.Name, host.EndpointIp, host.IsStaticPort || host.PublicPort == 0 ? host.ListenPort : host.PublicPort, host.Version, host.PublicKey,
            own.DistinctBy(n => n.Network).ToDictionary(n => n.Network, n => n.Address), [.. egress.Where(e => own.Any(n => e.Nodes?.ContainsKey(n.Id) == true)).Select(e => e.Range)],
            own.Select(n => n.Status).FirstOrDefault(s => s is { Length: > 0 }) ?? "unknown", seen > 0 ? DateTimeOffset.FromUnixTimeSeconds(seen) : null);
    }

    /// <summary>Hosts' names by their keys, where we may ask for them.</summary>
    async Task<IReadOnlyDictionary<string, string>> NamesAsync(NetmakerSection section, bool answers, CancellationToken ct)
    {
        if (section.Mode != NetmakerMode.Server || !answers) return new Dictionary<string, string>();
        try
        {
            return (await api.HostsAsync(work.Access(section), ct)).DistinctBy(h => h.PublicKey).ToDictionary(h => h.PublicKey, h => h.Name);
        }
        catch (MeshException)
        {
            // The verdict says what is wrong with the server; peers are shown without names.
            return new Dictionary<string, string>();
        }
    }

    /// <summary>One line each: key, preshared key, endpoint, allowed ips, handshake, received, sent, keepalive.</summary>
    async Task<IReadOnlyList<NetmakerPeer>> PeersAsync(string device, IReadOnlyDictionary<string, string> names, CancellationToken ct)
    {
        if (!links.Names().Contains(device)) return [];
        var dump = await commands.RunAsync(Command.Of("wg", "show", device, "dump"), ct);
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        return [.. dump.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(l => l.Split('\t')).Where(l => l.Length == 8).Select(l => PeerOf(l, names, now))];
    }

    static NetmakerPeer PeerOf(string[] line, IReadOnlyDictionary<string, string> names, long now)
    {
        string[] allowed = line[3] == "(none)" ? [] : line[3].Split(',');
        var handshake = long.Parse(line[4], CultureInfo.InvariantCulture);
        long? age = handshake == 0 ? null : Math.Max(0, now - handshake);
        return new(names.GetValueOrDefault(line[0]), line[0], allowed.FirstOrDefault(a => a.EndsWith("/32", StringComparison.Ordinal))?[..^3], [.. allowed.Where(a => !a.EndsWith("/32", StringComparison.Ordinal))],
            line[2] == "(none)" ? null : line[2], age, long.Parse(line[5], CultureInfo.InvariantCulture), long.Parse(line[6], CultureInfo.InvariantCulture), age <= AliveFor);
    }

    static string Verdict(NetmakerSection section, ObservedNetmaker observed, string? trouble, IReadOnlyList<NetmakerPeer> peers)
    {
        if (observed.In(section.Network) is null) return NetmakerFindings.Missing(section, observed)?.Message ?? "Not joined yet: the node is about to, or could not; its log and list_changes say why.";
        if (!observed.DeviceUp) return $"Joined, but there is no device {section.Interface}: netclient's daemon makes it. Look at netclient.service.";
        var server = trouble is null ? "" : $" The server does not answer ({trouble}): what is joined goes on working, but nobody can join or leave.";
        if (peers.Count == 0) return $"Joined; nobody else is in {section.Network} yet.{server}";
        var alive = peers.Count(p => p.Alive);
        return alive == peers.Count ? $"Works: {alive} of {peers.Count} peers answer.{server}"
            : $"{alive} of {peers.Count} peers answer. Of the others, check that they run and that udp/{section.Port()} is open at one end.{server}";
    }
}
