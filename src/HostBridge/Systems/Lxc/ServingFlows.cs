using System.Collections.Concurrent;
using System.Net;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Flows;
using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Systems.Lxc;

/// <summary>
/// Whether the desired flows carry a container's packets at all: its ARP, what goes to it and what comes from it. The bridge drops what no flow names,
/// and the node adds none by itself, so it says which are missing. A flow for one port or one peer does not count. Pure.
/// </summary>
public static class ServingFlows
{
    const int MostRemembered = 50_000;
    static readonly string[] Everywhere = ["NORMAL", "FLOOD", "ALL"];

    static readonly ConcurrentDictionary<string, FlowSpec?> Parsed = new();

    /// <summary>The flows that every packet meets first.</summary>
    public static IReadOnlyList<FlowSpec> Of(NodeState desired)
    {
        if (Parsed.Count > MostRemembered) Parsed.Clear();
        return [.. FlowTable.Of(desired, null).Select(t => Parsed.GetOrAdd(t, Read)).OfType<FlowSpec>().Where(f => f.Table == 0 && f.Actions.Count > 0)];
    }

    /// <summary>Flows to add, ready to be used; none for a container without an address. It leaves the bridge the way that most of the others do.</summary>
    public static IReadOnlyList<string> MissingFor(Container container, IReadOnlyList<Container> containers, IReadOnlyList<FlowSpec> flows)
    {
        if (container.Properties.Ipv4Address?.Split('/')[0] is not { } address) return [];
        var missing = new List<string>();
        if (!flows.Any(f => Only(f, "arp", "in_port") && FromAny(f) && Delivers(f, container))) missing.Add("priority=200,arp,actions=normal");
        if (!flows.Any(f => Only(f, "ip", "in_port", "nw_dst") && FromAny(f) && Covers(f, "nw_dst", address) && Delivers(f, container))) missing.Add($"priority=120,ip,nw_dst={address},actions=output:{container.Veth}");
        if (!flows.Any(f => Only(f, "ip", "in_port", "nw_src") && From(f, container) && Covers(f, "nw_src", address))) missing.Add(WayOut(container, containers, flows));
        return missing;
    }

    static string WayOut(Container container, IReadOnlyList<Container> containers, IReadOnlyList<FlowSpec> flows)
    {
        var ways = flows.Where(f => Only(f, "ip", "in_port") && containers.Any(c => c.Id != container.Id && IsPortOf(c, PortOf(f))) && !f.Actions.OfType<FlowAction.Output>().Any(o => containers.Any(c => IsPortOf(c, o.Port))));
        var usual = ways.GroupBy(f => f.ActionsText, StringComparer.OrdinalIgnoreCase).OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal).FirstOrDefault();
        // The lowest of theirs: what is above that, they leave by too.
        return $"priority={usual?.Min(f => f.Priority) ?? 90},ip,in_port={container.Veth},actions={usual?.First().ActionsText ?? "normal"}";
    }

    static string? PortOf(FlowSpec flow) => flow.Fields.FirstOrDefault(f => f.Name == "in_port")?.Value;

    static bool IsPortOf(Container container, string? port) => port is not null && (port == container.Veth || port == container.Id);

    /// <summary>The match is about this protocol, or any, and has no other fields than these.</summary>
    static bool Only(FlowSpec flow, string protocol, params string[] fields) => flow.Fields.All(f => f.Value is null ? f.Name == protocol : fields.Contains(f.Name));

    static bool FromAny(FlowSpec flow) => PortOf(flow) is null;

    static bool From(FlowSpec flow, Container container) => FromAny(flow) || IsPortOf(container, PortOf(flow));

    static bool Covers(FlowSpec flow, string field, string address) =>
        flow.Fields.FirstOrDefault(f => f.Name == field) is not { Value: { } value } || value == address || (IPNetwork.TryParse(value, out var network) && network.Contains(IPAddress.Parse(address)));

    static bool Delivers(FlowSpec flow, Container container) => flow.Actions.Any(a => a switch
    {
        FlowAction.Output { Port: var port } => IsPortOf(container, port) || Everywhere.Contains(port, StringComparer.OrdinalIgnoreCase),
        FlowAction.Resubmit or FlowAction.GotoTable => true,
        _ => false,
    });

    static FlowSpec? Read(string text)
    {
        try
        {
            return FlowText.Parse(text);
        }
        catch (MeshException)
        {
            return null;
        }
    }
}
