using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.OpenVSwitch;

namespace MeshMcp.HostBridge.Systems.Bridge;

/// <summary>Edits that make of a state's own ports what the bridge has. Ports that follow from containers and tunnels are said there, not here.</summary>
static class BridgeAdoption
{
    /// <param name="ours">What of the bridge is ours.</param>
    public static IReadOnlyList<Edit> Of(NodeState desired, BridgeSection? ours, ObservedBridge observed)
    {
        if (BridgeLayout.Of(desired) is not { } layout || ours is null || ours.Name != layout.Name)
            throw Unsaid("the bridge itself", "bridge.name");
        if (layout.Address is { } address && ours.Address != address) throw Unsaid($"the address {ours.Address ?? "(none)"} of {layout.Name}", "bridge.address");
        var edits = new List<Edit>();
        foreach (var port in layout.Ports)
        {
            var there = ours.Ports.FirstOrDefault(p => p.Name == port.Name);
            if (there is null ? port.Type == PortType.System && !observed.Devices.ContainsKey(port.Name) : Fits(port, there)) continue;
            if (desired.Bridge?.Ports.Any(p => p.Name == port.Name) != true)
                throw Unsaid($"port {port.Name}, which follows from a container", "lxc.containers");
            edits.Add(there is null ? new RemovePort(port.Name) : new PutPort(port with { Type = there.Type, Ofport = there.Ofport, Mac = port.Mac is null ? null : there.Mac }));
        }
        edits.AddRange(ours.Ports.Where(p => layout.Ports.All(l => l.Name != p.Name)).Select(p => new PutPort(p)));
        return edits;
    }

    static bool Fits(BridgePort port, BridgePort there) =>
        port.Type == there.Type && PortNumber.Of(port) == there.Ofport && (port.Mac is null || string.Equals(port.Mac, there.Mac, StringComparison.OrdinalIgnoreCase));

    static MeshException Unsaid(string what, string where) => new(ErrorKind.NotSupported, $"Of section bridge only its own ports can be adopted, not {what}.", where,
        "Hold the document against get_state with view=observed, and change the document.");
}
