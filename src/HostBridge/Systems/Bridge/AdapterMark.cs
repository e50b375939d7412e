using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.OpenVSwitch;

namespace MeshMcp.HostBridge.Systems.Bridge;

/// <summary>External ids of an adapter's port.</summary>
static class AdapterMark
{
    const string Tunnel = "meshmcp-adapter", Masquerade = "meshmcp-masquerade", Clients = "meshmcp-clients", Exit = "meshmcp-exit";

    public static IReadOnlyDictionary<string, string> Of(BridgeAdapter adapter)
    {
        var ids = new Dictionary<string, string>(Mark.Ids) { [Tunnel] = adapter.Tunnel };
        if (adapter.Masquerade) ids[Masquerade] = "true";
        if (adapter.Clients is { } clients) ids[Clients] = clients;
        if (adapter.Exit is { } exit) ids[Exit] = exit;
        return ids;
    }

    /// <summary>Null for a port that is no adapter of ours.</summary>
    public static BridgeAdapter? Read(OvsPort port) =>
        Mark.IsOn(port.ExternalIds) && port.ExternalIds.TryGetValue(Tunnel, out var tunnel) && port.Interfaces is [{ } iface]
            ? new()
            {
                Tunnel = tunnel,
                Number = (iface.OfportRequest ?? iface.Ofport ?? 0) - BridgeAdapter.FirstOfport,
                Masquerade = port.ExternalIds.ContainsKey(Masquerade),
                Clients = port.ExternalIds.GetValueOrDefault(Clients),
                Exit = port.ExternalIds.GetValueOrDefault(Exit),
            }
            : null;
}
