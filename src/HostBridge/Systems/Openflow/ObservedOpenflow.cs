using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Flows;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.OpenVSwitch;

namespace MeshMcp.HostBridge.Systems.Openflow;

/// <summary>Flows as they are on the switches, beside those that are desired in the switch's own words.</summary>
public sealed record ObservedOpenflow(IReadOnlyList<BridgeTable> Bridges);

/// <param name="Exists">The bridge is there; when it is not, nothing can be on it.</param>
/// <param name="Wanted">Desired flows, canonical and with port numbers.</param>
/// <param name="Address">The bridge's own address with its prefix length, when the state says it.</param>
public sealed record BridgeTable(string Name, bool Exists, IReadOnlyList<DumpedFlow> OnSwitch, IReadOnlyList<WantedFlow> Wanted, IReadOnlyDictionary<string, int> Ofports, IReadOnlyDictionary<string, BridgeAdapter> Adapters, string? Address)
{
    /// <summary>Desired flows that cannot be put on this switch as it is.</summary>
    public IReadOnlyList<UnfitFlow> Unfit { get; set; } = [];
}

/// <param name="Spec">Null when it is none.</param>
public sealed record UnfitFlow(string Text, FlowSpec? Spec, MeshException Why)
{
    /// <summary>Whether a flow on the switch may be this one, so that it is left as it is.</summary>
    public bool MayBe(FlowKey key) => Spec is { } spec && spec.Table == key.Table && spec.Priority == key.Priority;
}

/// <param name="Text">As its author wrote it.</param>
public sealed record WantedFlow(CanonicalFlow Flow, string Text)
{
    public FlowKey Key => Flow.Key;
}
