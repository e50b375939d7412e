using System.Net;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Network;

namespace MeshMcp.HostBridge.Systems.Uplink;

/// <summary>Reads the table that we made last, so that a packet can be followed through it.</summary>
sealed class UplinkRulesReader(Nft nft, UplinkRecords records) : IHostRules
{
    public async Task<HostRules> ReadAsync(NodeState desired, IpView devices, CancellationToken ct)
    {
        var record = records.Read();
        var table = record?.Table ?? new();
        var uplink = UplinkTable.Of(desired)?.Interface ?? devices.DefaultDevice;
        return new UplinkRules(table, uplink, uplink is null ? [] : devices.Device(uplink)?.GlobalAddresses ?? [], record is null ? [] : (await nft.ReadAsync(ct)).DroppingForward);
    }
}

/// <summary>What <see cref="TableText"/> says to nft, asked of one packet.</summary>
/// <param name="Table">Empty while we have none.</param>
/// <param name="Dropping">Others' chains that drop what they do not accept.</param>
sealed record UplinkRules(UplinkTable Table, string? Uplink, IReadOnlyList<string> Addresses, IReadOnlyList<string> Dropping) : HostRules(Uplink, Addresses)
{
    public override bool KeepsIpv6 => Table.Bridge is not null && (Table.Adapters.Count > 0 || Table is { Managed: true, Masquerade: not null });

    public override Translation? Published(HostPacket packet)
    {
        if (!Addresses.Contains(packet.Destination) || Table.Publish.FirstOrDefault(p => p.Protocol == packet.Protocol && p.Port == packet.Port) is not { } port) return null;
        return port.Sources.Count > 0 && !port.Sources.Any(s => Holds(s, packet.Source))
            ? new($"{TableText.CommentOf(port)} is published for {string.Join(", ", port.Sources)}, not for {packet.Source}", null)
            : new($"{TableText.CommentOf(port)} is published: translated to {port.Address}:{port.ContainerPort ?? port.Port} (container {port.Container})", port);
    }

    public override Passage Forward(HostPacket packet, string device)
    {
        foreach (var adapter in Table.Adapters)
            if ((packet.From == adapter.Port && device != adapter.Tunnel) || (packet.From == adapter.Tunnel && device != adapter.Port))
                return Dropped($"dropped by the kill switch: what is meant for {(packet.From == adapter.Port ? adapter.Tunnel : "the bridge")} does not leave by {device}");
        var leaves = device == Uplink && packet.From == Table.Bridge && Table.Managed;
        if (leaves && Table.Masquerade is { } allowed && !allowed.Any(a => Holds(a, packet.Source)))
            return Dropped($"dropped: {(allowed.Count == 0 ? "no container" : $"only {string.Join(", ", allowed)}")} may leave by the uplink {device} (uplink.masquerade), {packet.Source} may not");
        var masked = Table.Adapters.Any(a => a.Masquerade && a.Tunnel == device)
            || (Table.Network is { } network && Holds(network, packet.Source) && ((packet.Translated && device == Table.Bridge && Holds(network, packet.Destination)) || (device == Uplink && Table.Managed)));
        var doubt = Dropping.Count == 0 ? "" : $", unless {string.Join(", ", Dropping)} of this node's firewall drops it (that chain drops what it does not accept itself)";
        return new($"{(masked ? $"masqueraded with the address of {device}" : $"with its own address {packet.Source}")}{doubt}", true, masked);
    }

    static Passage Dropped(string why) => new(why, false, false);

    static bool Holds(string network, string address) => IPAddress.TryParse(address, out var one) && Networks.Read(network) is { } all && all.Contains(one);
}
