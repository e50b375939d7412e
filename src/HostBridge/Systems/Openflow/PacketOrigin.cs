using MeshMcp.Contracts.Flows;
using MeshMcp.HostBridge.Network;

namespace MeshMcp.HostBridge.Systems.Openflow;

/// <summary>Where an imagined packet begins, and what of it is not given but known. Pure.</summary>
/// <param name="Device">Device of the node that it comes in by; null where it begins on the bridge, at its <c>in_port</c>.</param>
sealed record PacketOrigin(TracedPacket Packet, string? Device, IReadOnlyList<string> Assumed)
{
    /// <summary>Of those kept for documentation: nobody has it.</summary>
    const string Somebody = "192.0.2.1";

    /// <param name="back">Device by which the kernel answers a sender that is not on the bridge; null where it has no way.</param>
    public static PacketOrigin Of(TracedPacket given, TracedNode node, string? back)
    {
        var assumed = new List<string>();
        var packet = given;
        var port = given.InPort is { } named ? node.PortNamed(named) : Guess(given, node, back, assumed);
        if (port == node.Rules?.Uplink && !node.Ports.ContainsKey(port)) return new(FromOutside(packet, node, assumed), port, assumed);
        if (given.InPort is null && node.AdapterAt(port) is { } tunnel && port == tunnel.Tunnel) return new(packet, port, assumed);
        packet = packet.With("in_port", port);
        if (!packet.IsIpv4 && !packet.IsArp) return new(packet, null, assumed);
        var (whose, address) = port == FlowPort.Local ? ("the bridge's", node.Address) : node.ContainerAt(port) is { } container ? ($"container {container.Id}'s", container.Properties.Ipv4Address?.Split('/')[0]) : ("", null);
        Fill(packet.IsArp ? "arp_spa" : "nw_src", address, whose);
        Fill("dl_src", node.MacAt(port), whose.Length > 0 ? whose : node.AdapterAt(port) is { } adapter ? $"{adapter.Tunnel}'s adapter's" : $"{port}'s");
        if (packet.IsArp) Fill("dl_dst", HardwareAddress.Everybody, "everybody: a question");
        else if (packet.Destination is { } to && node.NextHop(to) is var (mac, by))
        {
            if (mac is null && packet["dl_dst"] is null) assumed.Add($"no dl_dst: {by}, so a real sender would get no answer to its ARP and send nothing");
            Fill("dl_dst", mac, by);
        }
        if (packet.IsIpv4) Fill("nw_ttl", "64", null);
        return new(packet, null, assumed);

        void Fill(string field, string? value, string? why)
        {
            if (value is null || packet[field] is not null) return;
            packet = packet.With(field, value);
            assumed.Add(why is null ? $"{field}={value}" : $"{field}={value} ({why})");
        }
    }

    /// <summary>The port or device that a packet with this sender comes in by.</summary>
    static string Guess(TracedPacket packet, TracedNode node, string? back, List<string> assumed)
    {
        if (packet["dl_src"] is { } mac && node.PortWith(mac) is { } owner) return Said(owner, $"{mac} is there");
        if (packet.Source is { } source)
            return node.ContainerWith(source) is { } container ? Said(container.Veth, $"container {container.Id} has {source}")
                : node.IsOwn(source) ? Said(FlowPort.Local, $"the node has {source}")
                : node.Adapters.FirstOrDefault(a => a.Clients is { } clients && Networks.Read(clients) is { } network && System.Net.IPAddress.TryParse(source, out var one) && network.Contains(one)) is { } tunnel ? Said(tunnel.Tunnel, $"{source} is a VPN client's")
                : node.IsOnBridge(source) ? throw node.Unknown($"No container of this node has {source}, so it is not known where this packet comes in.")
                : back is not null && (back == node.Rules?.Uplink || node.AdapterAt(back) is not null) ? Said(node.AdapterAt(back)?.Tunnel ?? back, $"the node's way to {source}")
                : throw node.Unknown($"It is not known where a packet of {source} comes in.");
        if (packet.Destination is { } to && node.Rules is { Uplink: { } uplink } rules && rules.Addresses.Contains(to)) return Said(uplink, $"{to} is the uplink's, and no sender is given");
        throw node.Unknown("It is not said where the packet comes in, and no sender (nw_src) is given from which it would follow.");

        string Said(string port, string why)
        {
            assumed.Add($"in_port={port} ({why})");
            return port;
        }
    }

    static TracedPacket FromOutside(TracedPacket packet, TracedNode node, List<string> assumed)
    {
        if (packet is { IsIpv4: true, Source: null })
        {
            packet = packet.With("nw_src", Somebody);
            assumed.Add($"nw_src={Somebody} (somebody outside)");
        }
        if (packet is { IsIpv4: true, Destination: null } && node.Rules?.Addresses is [var own, ..])
        {
            packet = packet.With("nw_dst", own);
            assumed.Add($"nw_dst={own} (the uplink's)");
        }
        return packet;
    }
}
