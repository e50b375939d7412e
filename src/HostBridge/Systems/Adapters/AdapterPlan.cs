using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Network;

namespace MeshMcp.HostBridge.Systems.Adapters;

/// <summary>
/// What one adapter needs outside Open vSwitch, and what of it is missing. Pure. Rules and <c>unreachable</c> routes come first and do not depend on
/// any device: a packet from the bridge finds its tunnel or nothing.
/// </summary>
sealed class AdapterPlan
{
    /// <summary>The worst there is, so that any other route wins.</summary>
    const long LastMetric = 4278198272;

    readonly BridgeAdapter _adapter;
    readonly ObservedAdapters _observed;

    public AdapterPlan(BridgeAdapter adapter, AdapterSet all, ObservedAdapters observed)
    {
        (_adapter, _observed) = (adapter, observed);
        Port = observed.Ip.Device(adapter.Port);
        Tunnel = observed.Ip.Device(adapter.Tunnel) is { IsEthernet: false } tunnel ? tunnel : null;
        Routes = [.. Wanted(all)];
    }

    /// <summary>Null while it is not there.</summary>
    public IpDevice? Port { get; }

    /// <summary>Null while it is not there or is no layer-3 device.</summary>
    public IpDevice? Tunnel { get; }

    public IReadOnlyList<IpRoute> Routes { get; }

    public IReadOnlyList<IpRule> Rules =>
    [
        new(_adapter.OutTable, _adapter.Port, $"{_adapter.OutTable}", true),
        new(_adapter.InTable, _adapter.Tunnel, $"{_adapter.InTable}", true),
    ];

    /// <summary>Lines for <c>ip -batch</c>, in an order that never lets anything through that shall not.</summary>
    public IReadOnlyList<string> Lines()
    {
        var ip = _observed.Ip;
        var there = ip.Routes.Where(r => r.Table == _adapter.OutTable || r.Table == _adapter.InTable).ToHashSet();
        var lines = new List<string>();
        lines.AddRange(Routes.Where(r => r.Unreachable && !there.Contains(r)).Select(r => $"route replace {r}"));
        lines.AddRange(Rules.Where(r => !ip.Rules.Contains(r)).Select(AddRule));
        lines.AddRange(there.Where(r => !Routes.Contains(r) && !Routes.Any(w => w.Destination == r.Destination && w.Metric == r.Metric && w.Table == r.Table)).Select(r => $"route delete {r}"));
        if (Port is { } port)
        {
            if (Tunnel is { } tunnel && port.Mtu != tunnel.Mtu) lines.Add($"link set {port.Name} mtu {tunnel.Mtu}");
            if (!port.Up) lines.Add($"link set {port.Name} up");
            if (!port.Addresses.Contains($"{_adapter.Address}/32")) lines.Add($"address replace {_adapter.Address}/32 dev {port.Name} scope link");
            if (!ip.Neighbours.Contains(new(BridgeAdapter.Beyond, port.Name, BridgeAdapter.BeyondMac)))
                lines.Add($"neighbour replace {BridgeAdapter.Beyond} lladdr {BridgeAdapter.BeyondMac} dev {port.Name} nud permanent");
        }
        lines.AddRange(Routes.Where(r => !r.Unreachable && !there.Contains(r)).Select(r => $"route replace {r}"));
        return lines;
    }

    /// <summary>Kernel settings that differ. Without them the port would answer ARP for the bridge's own address, and containers would lose their gateway.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Settings() => [.. Wanted().Where(s => _observed.Settings.TryGetValue(s.Key, out var value) && value != s.Value)];

    public static IReadOnlyList<string> SettingsOf(BridgeAdapter adapter) => [.. Wanted(adapter).Select(s => s.Key)];

    public static string AddRule(IpRule rule) => $"rule add {Words(rule)}";

    public static string DeleteRule(IpRule rule) => $"rule delete {Words(rule)}";

    static string Words(IpRule rule) => $"pref {rule.Priority}{(rule.Iif is null ? "" : $" iif {rule.Iif}")} lookup {rule.Table} protocol {Iproute.OurProtocol}";

    IEnumerable<KeyValuePair<string, string>> Wanted() => Wanted(_adapter);

    static IEnumerable<KeyValuePair<string, string>> Wanted(BridgeAdapter adapter) =>
    [
        new($"net/ipv6/conf/{adapter.Port}/disable_ipv6", "1"),
        new($"net/ipv4/conf/{adapter.Port}/arp_ignore", "1"),
        new($"net/ipv4/conf/{adapter.Port}/arp_announce", "2"),
        new($"net/ipv4/conf/{adapter.Port}/rp_filter", "2"),
        new($"net/ipv4/conf/{adapter.Tunnel}/rp_filter", "2"),
    ];

    /// <summary>A route needs its device up; the port will be, by the same batch.</summary>
    IEnumerable<IpRoute> Wanted(AdapterSet all)
    {
        yield return new(_adapter.OutTable, "default", true, null, null, LastMetric);
        yield return new(_adapter.InTable, "default", true, null, null, LastMetric);
        if (Tunnel is { Up: true }) yield return new(_adapter.OutTable, "default", false, null, _adapter.Tunnel, 0);
        if (Port is null) yield break;
        if (all.Network is { } network) yield return new(_adapter.InTable, network, false, null, _adapter.Port, 0);
        // Both would be one connection to the kernel's tracking, so clients' packets go over the bridge as if to somebody on it.
        foreach (var clients in all.Adapters.Where(a => a.Tunnel != _adapter.Tunnel).Select(a => a.Clients).OfType<string>().Distinct())
            yield return new(_adapter.InTable, clients, false, BridgeAdapter.Beyond, _adapter.Port, 0);
        if (_adapter is { Clients: not null, Exit: not null }) yield return new(_adapter.InTable, "default", false, BridgeAdapter.Beyond, _adapter.Port, 0);
    }
}
