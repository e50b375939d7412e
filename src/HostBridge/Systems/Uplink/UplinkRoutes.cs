using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Network;
using MeshMcp.HostBridge.Wire;

namespace MeshMcp.HostBridge.Systems.Uplink;

/// <summary>What is published, and who came.</summary>
public sealed class UplinkRoutes(NodeEngine engine, Nft nft, Iproute ip, UplinkRecords records) : INodeRoutes
{
    public void Map(NodeRoutes routes) => routes.Read("/v1/uplink", MeshJson.Default.UplinkStatus, context => ReadAsync(context.RequestAborted));

    async Task<UplinkStatus> ReadAsync(CancellationToken ct)
    {
        var left = engine.SecondsLeftByItem;
        var (table, record) = (UplinkTable.Of(engine.Desired) ?? new(), records.Read());
        if (record is null && table.IsEmpty) return new(null, [], [], 0);
        var links = await ip.ReadAsync(ct);
        var device = table.Interface ?? links.DefaultDevice;
        var addresses = device is null ? [] : links.Device(device)?.GlobalAddresses ?? [];
        var counters = record is null ? new Dictionary<string, (long Packets, long Bytes)>() : await nft.CountersAsync(ct);
        return new(device, addresses,
            [.. table.Publish.Select(p => new PublishedStatus(p.Protocol, p.Port, p.Container, $"{p.Address}:{p.ContainerPort ?? p.Port}", p.Sources,
                addresses.Count > 0 && record?.Table.Publish.Any(q => PublishedWords.Same(p, q)) == true, counters.GetValueOrDefault(TableText.CommentOf(p)).Packets)
                {
                    SecondsLeft = left.TryGetValue(PublishedPorts.ItemOf(p.Protocol, p.Port), out var seconds) ? seconds : null,
                })],
            counters.GetValueOrDefault(TableText.KillSwitch).Packets) { Reach = AddressReach.Limit(addresses, "what is published") };
    }
}
