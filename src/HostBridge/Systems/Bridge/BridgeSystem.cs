using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.Network;
using MeshMcp.HostBridge.OpenVSwitch;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Systems.Bridge;

/// <summary>
/// The section <c>bridge</c>: the node's one bridge, its address and its ports, by OVSDB. Bridge and ports of ours carry our mark; others are never touched.
/// A bridge that the node had comes back, whoever else has one meanwhile.
/// </summary>
public sealed class BridgeSystem(OvsdbConnection database, OvsSwitch ovs, LinkAddresses links, NodeStore store) : HostSystem<BridgeSection, ObservedBridge>
{
    public override string Name => "bridge";

    public override IReadOnlyList<string> Carries => ["adapters", "openflow"];

    public override async Task<ObservedBridge> ObserveAsync(NodeState desired, CancellationToken ct)
    {
        var bridges = (await database.AskAsync(ct)).Bridges;
        var name = BridgeLayout.Of(desired)?.Name ?? bridges.FirstOrDefault(IsOurs)?.Name;
        var link = name is null ? null : links.Find(name);
        return new(bridges, link?.Address, link?.Up == true, links.Numbers(), KernelModule.HasOpenvswitch) { Had = Had() };
    }

    public override BridgeSection? Ours(ObservedBridge observed) =>
        observed.Bridges.FirstOrDefault(IsOurs) is not { } bridge ? null : new()
        {
            Name = bridge.Name,
            Address = observed.Address,
            Datapath = bridge.DatapathType == "netdev" ? Datapath.Netdev : Datapath.System,
            Adapters = [.. PortsOf(bridge).Select(AdapterMark.Read).OfType<BridgeAdapter>()],
            Ports =
            [
                .. from port in PortsOf(bridge)
                   where Mark.IsOn(port.ExternalIds) && AdapterMark.Read(port) is null
                   from iface in port.Interfaces
                   select new BridgePort
                   {
                       Name = port.Name,
                       Type = iface.Type == "internal" ? PortType.Internal : PortType.System,
                       Ofport = iface.OfportRequest ?? iface.Ofport,
                       Mac = iface.Type == "internal" ? iface.Mac : null,
                   },
            ],
        };

    public override IEnumerable<Problem> Validate(NodeState desired) => BridgeFaults.Of(desired);

    public override IReadOnlyList<Finding> Findings(BridgeSection? desired, ObservedBridge observed) =>
    [
        .. desired is not null && observed.Had == desired.Name && observed.Bridges.All(b => b.Name != desired.Name)
            ? new[] { new Finding("warning", "bridge", $"Bridge {desired.Name} is gone from this node: somebody removed it, or Open vSwitch lost its database. It is made again by itself, and its ports and flows with it.") }
            : [],
        .. desired is not null && observed.Bridges.FirstOrDefault(b => b.Name == desired.Name) is { Controllers: > 0 }
            ? new[] { new Finding("warning", "bridge", $"Bridge {desired.Name} obeys a controller that somebody else set: it may add and delete flows, ours too. Unless that is meant, on the node, as root: ovs-vsctl del-controller {desired.Name}") }
            : [],
        .. from port in desired?.Ports ?? []
           where IsWaiting(port, observed)
           select new Finding("waiting", $"bridge.ports.{port.Name}", $"There is no network device {port.Name} on this node yet; it becomes a port when it appears."),
    ];

    public override IReadOnlyList<Step> Plan(BridgeSection? desired, ObservedBridge observed)
    {
        if (desired is null)
            return observed.Bridges.FirstOrDefault(IsOurs) is not { } ours ? []
                : Others(ours) is { Count: > 0 } others ? [.. Without(ours, others)]
                : [Step($"bridge {ours.Name}", $"remove bridge {ours.Name}", [new Touch.Bridge(ours.Name, Removed: true), .. PortsOf(ours).Select(p => new Touch.Port(p.Name, Removed: true))], ct => ovs.DeleteBridgeAsync(ours.Name, ct), teardown: true)];
        var bridge = observed.Bridges.FirstOrDefault(b => b.Name == desired.Name);
        Refuse(desired, bridge, observed);
        var steps = new List<Step>();
        if (bridge is null)
            steps.Add(Step($"bridge {desired.Name}", $"create bridge {desired.Name}{(observed.Had == desired.Name ? " again, which is gone" : "")} ({DatapathOf(desired, observed)} datapath)", [new Touch.NewBridge(desired.Name)], ct => ovs.CreateBridgeAsync(New(desired, DatapathOf(desired, observed)), ct)));
        else if (bridge.FailMode != NewBridge.FailMode)
            steps.Add(Step($"bridge {desired.Name}", $"set fail mode of {desired.Name} to {NewBridge.FailMode}", [new Touch.Bridge(desired.Name)], ct => ovs.SetBridgeAsync(New(desired, bridge.DatapathType), ct)));
        else if (LackingIn(bridge) is { Count: > 0 } lacking)
            steps.Add(Step($"bridge {desired.Name}", $"let {desired.Name} speak {string.Join(", ", lacking)} again", [new Touch.Bridge(desired.Name)], ct => ovs.SetBridgeAsync(New(desired, bridge.DatapathType), ct)));
        // The address that an earlier observation lacked is not ours to take away.
        if (desired.Address is { } address && (bridge is null || observed.Address != address || !observed.Up))
            steps.Add(Step($"address of {desired.Name}", $"give {desired.Name} the address {address}", [new Touch.Address(desired.Name, bridge is null ? null : observed.Address, address, "bridge.address")], ct => links.SetAsync(desired.Name, bridge is null ? null : observed.Address, address, ct)));
        steps.AddRange(PortSteps(desired, bridge, observed));
        steps.AddRange(AdapterSteps(desired, bridge));
        return steps;
    }

    protected override IReadOnlyList<Edit> Adopt(NodeState desired, ObservedBridge observed) => BridgeAdoption.Of(desired, Ours(observed), observed);

    protected override BridgeSection? Section(NodeState state) => BridgeLayout.Of(state);

    protected override NodeState With(NodeState state, BridgeSection? section) => state with { Bridge = section };

    /// <summary>With ports of others on it a bridge of ours stays; only what is ours goes from it.</summary>
    IEnumerable<Step> Without(OvsBridge bridge, IReadOnlyList<string> others) =>
        PortsOf(bridge).Where(p => Mark.IsOn(p.ExternalIds)).Select(p => Step($"port {p.Name}", $"remove port {p.Name} (bridge {bridge.Name} stays: {string.Join(", ", others)} of somebody else {(others.Count == 1 ? "is" : "are")} on it)",
            [new Touch.Port(p.Name, Removed: true)], ct => ovs.DeletePortAsync(bridge.Name, p.Name, ct), teardown: true));

    static IReadOnlyList<string> Others(OvsBridge bridge) => [.. PortsOf(bridge).Where(p => !Mark.IsOn(p.ExternalIds)).Select(p => p.Name)];

    IEnumerable<Step> PortSteps(BridgeSection desired, OvsBridge? bridge, ObservedBridge observed)
    {
        var existing = (bridge is null ? [] : PortsOf(bridge)).ToDictionary(p => p.Name);
        foreach (var port in existing.Values.Where(p => Mark.IsOn(p.ExternalIds) && desired.Ports.All(d => d.Name != p.Name) && desired.Adapters.All(d => d.Port != p.Name)))
            yield return Step($"port {port.Name}", $"remove port {port.Name}", [new Touch.Port(port.Name, Removed: true)], ct => ovs.DeletePortAsync(desired.Name, port.Name, ct), teardown: true);
        foreach (var port in desired.Ports)
        {
            if (IsWaiting(port, observed)) continue;
            var number = PortNumber.Of(port)!.Value;
            if (!existing.TryGetValue(port.Name, out var there))
            {
                yield return Step($"port {port.Name}", $"add port {port.Name} as number {number}", [new Touch.Port(port.Name, Adds: true)], Put) with { Item = ItemOf(port) };
                continue;
            }
            if (!Mark.IsOn(there.ExternalIds))
            {
                yield return Engine.Step.Blocked(Name, ItemOf(port), new(ErrorKind.Conflict, $"Port {port.Name} is on {desired.Name} already and is not ours.", $"bridge.ports.{port.Name}", $"Remove it with ovs-vsctl del-port {port.Name} where it was made, or leave it out of the state."));
                continue;
            }
            if (there.Interfaces is [var iface] && Fits(port, number, iface, observed)) continue;
            yield return Step($"port {port.Name}", $"make port {port.Name} anew as number {number}", [new Touch.Port(port.Name)], Put) with { Item = ItemOf(port) };

            Task Put(CancellationToken ct) => ovs.AddPortAsync(desired.Name, new(port.Name, port.Type == PortType.Internal ? "internal" : "system", number, port.Type == PortType.Internal ? Mark.Ids : Mark.With(LinkAddresses.NumberOf(port.Name)), port.Mac), replace: true, ct);
        }
    }

    /// <summary>An adapter's marks say everything about it, so that it can be put back without the section it came from.</summary>
    IEnumerable<Step> AdapterSteps(BridgeSection desired, OvsBridge? bridge)
    {
        foreach (var adapter in desired.Adapters)
        {
            var there = bridge?.Port(adapter.Port);
            if (there is not null && !Mark.IsOn(there.ExternalIds))
            {
                yield return Engine.Step.Blocked(Name, $"bridge.adapters[{adapter.Tunnel}]", new(ErrorKind.Conflict, $"Port {adapter.Port} is on {desired.Name} already and is not ours.", $"bridge.adapters.{adapter.Tunnel}", $"Remove it with ovs-vsctl del-port {adapter.Port} where it was made."));
                continue;
            }
            if (there is { Interfaces: [{ Type: "internal" } iface] } && AdapterMark.Read(there) == adapter && iface.Ofport == adapter.Ofport && string.Equals(iface.Mac, adapter.Mac, StringComparison.OrdinalIgnoreCase)) continue;
            yield return Step($"port {adapter.Port}", $"{(there is null ? "add" : "make")} the adapter port {adapter.Port} of {adapter.Tunnel}{(there is null ? "" : " anew")} as number {adapter.Ofport}", [new Touch.Port(adapter.Port, Adds: there is null)],
                ct => ovs.AddPortAsync(desired.Name, new(adapter.Port, "internal", adapter.Ofport, AdapterMark.Of(adapter), adapter.Mac), replace: true, ct));
        }
    }

    /// <summary>A device that was made anew (a container's, after a restart) is another one, though the switch goes on showing the port as if nothing had happened.</summary>
    static bool Fits(BridgePort port, int number, OvsInterface iface, ObservedBridge observed) =>
        (iface.Type == "internal") == (port.Type == PortType.Internal)
        && iface.OfportRequest == number && iface.Ofport == number
        && (port.Type == PortType.Internal || iface.ExternalIds.GetValueOrDefault(Mark.Device) == $"{observed.Devices[port.Name]}")
        && (port.Mac is null || string.Equals(port.Mac, iface.Mac, StringComparison.OrdinalIgnoreCase));

    static string ItemOf(BridgePort port) => $"bridge.ports[{port.Name}]";

    static bool IsWaiting(BridgePort port, ObservedBridge observed) => port.Type == PortType.System && !observed.Devices.ContainsKey(port.Name);

    /// <summary>The bridge that a change made, or found as ours, and verified.</summary>
    string? Had() => store.Generations.Standing is { } generation && store.DesiredAt(generation) is var state && state.ModeOf(Name) != DriftMode.Observe ? BridgeLayout.Of(state)?.Name : null;

    static void Refuse(BridgeSection desired, OvsBridge? bridge, ObservedBridge observed)
    {
        if (bridge is null && observed.Had != desired.Name && observed.Bridges is [var other, ..])
            throw new MeshException(ErrorKind.Conflict, $"This host has the bridge {other.Name} already; a node has exactly one.", "bridge.name", $"Call the bridge {other.Name} in the state, or remove that bridge first.");
        if (bridge is null) return;
        if (!IsOurs(bridge))
            throw new MeshException(ErrorKind.Conflict, $"Bridge {bridge.Name} was not made by MeshMcp.", "bridge.name", $"Remove it, or hand it over with: ovs-vsctl set bridge {bridge.Name} external_ids:{Mark.Key}={Mark.Value}");
        if (desired.Datapath is { } datapath && bridge.DatapathType != Datapaths.Of(datapath))
            throw new MeshException(ErrorKind.Conflict, $"Bridge {bridge.Name} has datapath {bridge.DatapathType}, which cannot be changed while it stands.", "bridge.datapath", "Leave the datapath as it is, or remove the bridge first.");
    }

    static NewBridge New(BridgeSection section, string datapath) => new(section.Name, datapath, Mark.Ids, section.Address is { } address ? HardwareAddress.Of(address) : null);

    static string DatapathOf(BridgeSection desired, ObservedBridge observed) =>
        Datapaths.Of(desired.Datapath ?? (observed.KernelDatapath ? Datapath.System : Datapath.Netdev));

    /// <summary>Versions of OpenFlow that our programs speak and the bridge does not; where none is named it speaks all.</summary>
    static List<string> LackingIn(OvsBridge bridge) => bridge.Protocols.Count == 0 ? [] : [.. NewBridge.Protocols.Except(bridge.Protocols)];

    static IEnumerable<OvsPort> PortsOf(OvsBridge bridge) => bridge.Ports.Where(p => p.Name != bridge.Name);

    static bool IsOurs(OvsBridge bridge) => Mark.IsOn(bridge.ExternalIds);

    Step Step(string target, string summary, IReadOnlyList<Touch> touches, Func<CancellationToken, Task> run, bool teardown = false) =>
        new(new(Name, target, summary), run, teardown) { Touches = touches };
}
