using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Flows;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.Network;
using MeshMcp.HostBridge.OpenVSwitch;

namespace MeshMcp.HostBridge.Systems.Openflow;

/// <summary>
/// Follows an imagined packet: through the bridge as Open vSwitch itself says, and where that hands it to the node, through the published ports, the kernel's
/// own choice of a route, and our rules, back to the bridge where that leads there.
/// </summary>
sealed class PacketCourse(TracedNode node, Ofctl ofctl, Iproute ip, Listeners listeners)
{
    const int MostPlaces = 8;
    const string Flooding = "no learned MAC for destination, flooding";

    public List<FlowTrace> Traces { get; } = [];
    public List<string> Way { get; } = [];
    public List<string> Assumed { get; } = [];

    /// <returns>Where it ends.</returns>
    public async Task<string> OnBridgeAsync(TracedPacket packet, CancellationToken ct)
    {
        if (Traces.Count == MostPlaces) return $"goes in a circle: it was on {node.Name} {MostPlaces} times";
        var problems = new List<Problem>();
        var compiled = new FlowSpec(0, 0, packet.Fields, []).Compile(node.Ports, BridgeLayout.AdaptersOf(node.Desired), "packet", problems)
            ?? throw new MeshException(new MeshError(ErrorKind.InvalidArgument, problems[0].Message, "packet", "Name a port of the bridge.", problems));
        var trace = await ofctl.TraceAsync(node.Name, compiled.Match, ct);
        Traces.Add(trace);
        var (outputs, lost) = OutputsOf(trace, packet);
        Way.Add($"{node.Name}: in by {Shown(packet.InPort!)}, {(outputs.Count == 0 ? "out by no port" : $"out by {string.Join(", ", outputs.Select(Shown))}")}");
        if (outputs.Count == 0) return lost;
        var after = After(trace, packet);
        string[] taken = [.. outputs.Where(o => Takes(trace, o))];
        string[] plain = [.. outputs.Except(taken).Select(Shown)];
        var ends = new List<string>();
        if (plain.Length > 0) ends.Add($"output {string.Join(", ", plain)}");
        foreach (var output in taken) ends.Add(await AtHostAsync(after, output == FlowPort.Local ? node.Name : output, ct));
        return string.Join("; ", ends);
    }

    /// <param name="device">That hands the packet to the node.</param>
    /// <returns>Where it ends.</returns>
    public async Task<string> AtHostAsync(TracedPacket packet, string device, CancellationToken ct)
    {
        if (packet.IsIpv6) return node.Rules?.KeepsIpv6 == true && device == node.Name ? "dropped: no IPv6 leaves the bridge (kill switch)" : $"reaches the node by {device}; IPv6 is not followed further";
        if (packet.From(device) is not { } at) return device == node.Name ? $"output {FlowPort.Local}: reaches the node" : $"output {Shown(device)}";
        if (node.Rules?.Published(at) is { } published)
        {
            Way.Add(published.Says);
            if (published.To is { } to)
            {
                at = at with { Destination = to.Address!, Port = to.ContainerPort ?? to.Port, Translated = true };
                packet = packet.With("nw_dst", at.Destination).With("tp_dst", $"{at.Port}");
            }
        }
        var adapter = node.AdapterAt(device);
        var route = await ip.RouteAsync(at.Destination, (at.Source, device), ct);
        if (route.Fault is { } fault) return Lost(at, adapter, device, fault);
        if (route.Broadcast) return $"reaches the node by {device}: a broadcast";
        if (route.Local || route.Device is not { } next) return await ReachesAsync(at, ct);
        var passage = node.Rules?.Forward(at, next) ?? new($"with its own address {at.Source}", true, false);
        if (!passage.Passes) return passage.Says;
        if (next != node.Name && node.AdapterAt(next)?.Port != next)
            return $"leaves by {(node.AdapterAt(next) is null ? next : $"the tunnel {next}")}{(route.Gateway is { } gateway ? $" to {gateway}" : "")}, {passage.Says}";
        Way.Add($"the node forwards it from {Shown(device)} to {Shown(next)}{(passage.Masked ? $", {passage.Says}" : "")}");
        return await OnBridgeAsync(Again(packet, passage, next, route.Gateway), ct);
    }

    /// <summary>As the node puts it on the bridge.</summary>
    TracedPacket Again(TracedPacket packet, Passage passage, string device, string? gateway)
    {
        var port = device == node.Name ? FlowPort.Local : device;
        var mac = gateway == BridgeAdapter.Beyond ? BridgeAdapter.BeyondMac : node.NextHop(packet.Destination!).Mac;
        var kept = new TracedPacket([.. packet.Fields.Where(f => f.Name is not ("dl_src" or "dl_dst"))]).With("in_port", port).With("nw_ttl", "63");
        if (node.MacAt(port) is { } own) kept = kept.With("dl_src", own);
        if (mac is not null) kept = kept.With("dl_dst", mac);
        return passage.Masked && device == node.Name && node.Address is { } address ? kept.With("nw_src", address) : kept;
    }

    /// <summary>A flood for want of a MAC that the state knows is none: the answer to the ARP before the packet tells the switch where it is.</summary>
    (IReadOnlyList<string> Ports, string Lost) OutputsOf(FlowTrace trace, TracedPacket packet)
    {
        var steps = trace.Passes.SelectMany(p => p.Steps).ToList();
        var nowhere = steps.SelectMany(s => s.Notes).Any(n => n.Contains("nonexistent", StringComparison.OrdinalIgnoreCase)) ? "dropped: the port that it is sent to is not there" : "dropped";
        if (packet["dl_dst"] is not { } mac || node.PortWith(mac) is not { } home || !steps.Any(s => s.Notes.Contains(Flooding))) return (trace.Outputs, nowhere);
        var named = steps.SelectMany(s => s.Actions).Select(a => a.Replace("output:", "", StringComparison.Ordinal)).ToHashSet();
        var outputs = trace.Outputs.Where(o => o == home || named.Contains(o)).ToList();
        if (outputs.Contains(home)) Assumed.Add($"{mac} is at {Shown(home)}: it has not sent for a while, so the switch would flood, but its answer to the sender's ARP comes first");
        return (outputs, home == FlowPort.Local || node.Bridge.Port(home)?.Interfaces is [{ Ofport: > 0 }] ? nowhere : $"lost: {home} is not there{(node.ContainerAt(home) is { } container ? $", as container {container.Id} does not run" : "")}");
    }

    /// <summary>The node takes frames to its own devices' MACs only.</summary>
    bool Takes(FlowTrace trace, string port) => (port == FlowPort.Local || node.AdapterAt(port) is not null) && node.MacAt(port) is { } mac
        && trace.Passes.Any(p => p.Flow.Contains($"dl_dst={mac}", StringComparison.OrdinalIgnoreCase) || p.FinalFlow?.Contains($"dl_dst={mac}", StringComparison.OrdinalIgnoreCase) == true || p.DatapathActions.Contains($"dst={mac}", StringComparison.OrdinalIgnoreCase));

    /// <summary>With what the flows made of it.</summary>
    static TracedPacket After(FlowTrace trace, TracedPacket packet)
    {
        var words = (trace.Passes[^1].FinalFlow ?? trace.Passes[^1].Flow).Split(',').Select(w => w.Split('=')).Where(w => w.Length == 2).ToDictionary(w => w[0], w => w[1]);
        foreach (var field in (string[])["nw_src", "nw_dst", "tp_dst"])
            if (packet[field] is not null && words.TryGetValue(field, out var value)) packet = packet.With(field, value);
        return packet;
    }

    string Lost(HostPacket packet, BridgeAdapter? adapter, string device, string fault)
    {
        if (adapter is not null && adapter.Port == device && node.Devices.Device(adapter.Tunnel) is not { Up: true } tunnel)
            return $"lost: the tunnel {adapter.Tunnel} is {(node.Devices.Device(adapter.Tunnel) is null ? "not there" : "down")}; nothing that is meant for it leaves by another way";
        return Sysctl.Find(Sysctl.Forwarding) == "0" ? $"lost: the kernel forwards nothing ({Sysctl.Forwarding.Replace('/', '.')} = 0)"
            : $"lost: the node has no way from {Shown(device)} to {packet.Destination} ({fault})";
    }

    async Task<string> ReachesAsync(HostPacket packet, CancellationToken ct)
    {
        var where = $"reaches the node itself at {packet.Destination}";
        if (packet.Protocol is not ("tcp" or "udp") || packet.Port is not { } port) return where;
        return (await listeners.ReadAsync(ct)).FirstOrDefault(l => l.On(packet.Protocol, port, [packet.Destination])) is { } listener
            ? $"{where}, where {listener.Program} listens on {packet.Protocol}/{port}" : $"{where}, where nobody listens on {packet.Protocol}/{port}";
    }

    string Shown(string port) => port == node.Name ? FlowPort.Local : node.AdapterAt(port)?.Tunnel ?? port;
}
