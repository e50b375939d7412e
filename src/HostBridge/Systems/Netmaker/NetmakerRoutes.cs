using System.Net;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Wire;

namespace MeshMcp.HostBridge.Systems.Netmaker;

/// <summary>How the membership is, and, on the server's node, its hosts, new enrollment keys, and networks behind hosts.</summary>
sealed class NetmakerRoutes(NodeEngine engine, NetmakerQueries queries, NetmakerWork work, NetmakerApi api, ServerLook server, TimeProvider time) : INodeRoutes
{
    const int MinName = 3, MaxName = 32;

    public void Map(NodeRoutes routes)
    {
        routes.Read("/v1/netmaker", MeshJson.Default.NetmakerStatus, c => queries.StatusAsync(engine.Desired, c.RequestAborted));
        routes.Read("/v1/netmaker/hosts", MeshJson.Default.NetmakerHosts, c => queries.HostsAsync(engine.Desired, c.RequestAborted));
        routes.Operate(HttpMethod.Post, "/v1/netmaker/keys", "netmaker", Scope.Admin, MeshJson.Default.EnrollmentKeyRequest, MeshJson.Default.NewEnrollmentKey, (c, asked) => AddKeyAsync(asked, c.RequestAborted));
        routes.Operate(HttpMethod.Post, "/v1/netmaker/egress", "netmaker", Scope.Operate, MeshJson.Default.EgressRequest, MeshJson.Default.NetmakerHost, (c, asked) => EgressAsync(asked, remove: false, c.RequestAborted));
        routes.Operate(HttpMethod.Post, "/v1/netmaker/egress/remove", "netmaker", Scope.Operate, MeshJson.Default.EgressRequest, MeshJson.Default.NetmakerHost, (c, asked) => EgressAsync(asked, remove: true, c.RequestAborted));
    }

    async Task<NewEnrollmentKey> AddKeyAsync(EnrollmentKeyRequest asked, CancellationToken ct)
    {
        Check(asked);
        var access = work.Access(engine.Desired.Netmaker);
        var network = asked.Network ?? engine.Desired.Netmaker!.Network;
        if ((await api.NetworksAsync(access, ct)) is var networks && networks.All(n => n.NetId != network))
            throw new MeshException(new MeshError(ErrorKind.NotFound, $"The server has no network {network}.", "network", "Choose one of those it has.",
                [new("network", "No such network.", Nearest: Nearest.To(network, networks.Select(n => n.NetId)))]));
        try
        {
            // Exactly one tag: the server of 1.5 stores a key without any and then breaks off.
            var key = await api.AddKeyAsync(access, new([network], [asked.Name], asked.Uses ?? 0, asked.Expires?.ToUnixTimeSeconds() ?? 0, asked.Unlimited), ct);
            return new(asked.Name, network, key.Token, asked.Uses, asked.Expires, asked.Unlimited);
        }
        catch (MeshException e) when (e.Message.Contains("must be unique", StringComparison.Ordinal))
        {
            throw new MeshException(ErrorKind.Conflict, $"The server has a key named {asked.Name} already.", "name", "Give this one another name.", e);
        }
    }

    void Check(EnrollmentKeyRequest asked)
    {
        if (asked.Name.Length is < MinName or > MaxName) throw Wrong("name", $"A key's name has {MinName} to {MaxName} characters, not {asked.Name.Length}.");
        if (new[] { asked.Uses is not null, asked.Expires is not null, asked.Unlimited }.Count(given => given) != 1)
            throw Wrong("uses", "A key ends after its uses, or at a moment, or is unlimited: exactly one of uses, expires and unlimited.");
        if (asked.Uses is < 1 or > 10_000) throw Wrong("uses", $"{asked.Uses} is no number of uses: 1 to 10000.");
        if (asked.Expires <= time.GetUtcNow()) throw Wrong("expires", $"{asked.Expires:u} is over already.");
    }

    async Task<NetmakerHost> EgressAsync(EgressRequest asked, bool remove, CancellationToken ct)
    {
        if (!IPNetwork.TryParse(asked.Range, out var range) || range.PrefixLength is < 8 or > 32) throw Wrong("range", $"\"{asked.Range}\" is no IPv4 network such as 10.0.0.0/24.");
        var (access, network) = (work.Access(engine.Desired.Netmaker), engine.Desired.Netmaker!.Network);
        var (hosts, nodes) = (await api.HostsAsync(access, ct), await api.NodesAsync(access, ct));
        var (host, node) = Find(asked.Host, network, hosts, nodes);
        var entries = await api.EgressAsync(access, network, ct);
        ApiEgress[] own = [.. entries.Where(e => e.Range == $"{range}" && e.Nodes?.ContainsKey(node.Id) == true)];
        server.Forget();
        if (remove)
        {
            if (own.Length == 0)
                throw new MeshException(new MeshError(ErrorKind.NotFound, $"{range} is not registered for {host.Name}.", "range", "meshctl netmaker hosts shows what is.",
                    [new("range", "Not registered.", Nearest: Nearest.To($"{range}", entries.Where(e => e.Nodes?.ContainsKey(node.Id) == true).Select(e => e.Range)))]));
            foreach (var entry in own) await api.DeleteEgressAsync(access, entry.Id, ct);
        }
        else if (own.Length == 0)
        {
            if (entries.FirstOrDefault(e => IPNetwork.TryParse(e.Range, out var other) && (other.Contains(range.BaseAddress) || range.Contains(other.BaseAddress))) is { } taken)
                throw new MeshException(ErrorKind.Conflict, $"{taken.Range} is behind {string.Join(", ", HoldersOf(taken, hosts, nodes))} already.", "range", "Each network lies behind one host: remove that entry first, or give another range.");
            await api.AddEgressAsync(access, network, node.Id, host.Name, $"{range}", ct);
        }
        return NetmakerQueries.Shown(host, nodes, await api.EgressAsync(access, network, ct));
    }

    static (ApiHost, ApiNode) Find(string asked, string network, IReadOnlyList<ApiHost> hosts, IReadOnlyList<ApiNode> nodes)
    {
        var members = hosts.Select(h => (Host: h, Node: nodes.FirstOrDefault(n => n.HostId == h.Id && n.Network == network))).Where(m => m.Node is not null).ToList();
        var found = members.Where(m => m.Host.Name == asked || m.Host.Id == asked || m.Node!.Address.Split('/')[0] == asked).ToList();
        if (found is [var (host, node)]) return (host, node!);
        throw new MeshException(new MeshError(found.Count > 1 ? ErrorKind.Conflict : ErrorKind.NotFound,
            found.Count > 1 ? $"{found.Count} hosts of {network} are called {asked}." : $"Network {network} has no host {asked}.", "host", "Give its name, id or address as meshctl netmaker hosts shows them.",
            [new("host", "Members are the nearest ones.", Nearest: Nearest.To(asked, members.Select(m => m.Host.Name)))]));
    }

    static IEnumerable<string> HoldersOf(ApiEgress entry, IReadOnlyList<ApiHost> hosts, IReadOnlyList<ApiNode> nodes) =>
        (entry.Nodes?.Keys ?? []).Select(id => hosts.FirstOrDefault(h => h.Id == nodes.FirstOrDefault(n => n.Id == id)?.HostId)?.Name ?? id);

    static MeshException Wrong(string path, string message) =>
        new(new MeshError(ErrorKind.InvalidArgument, message, path, "Correct it and try again; nothing was changed.", [new(path, message)]));
}
