using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;

namespace MeshMcp.Contracts.Flows;

/// <summary>A flow as its author wrote it, in normal form: names of ports are kept.</summary>
/// <param name="Fields">In the order in which they are printed, a protocol's word first.</param>
/// <param name="Actions">Empty means drop.</param>
public sealed record FlowSpec(int Table, int Priority, IReadOnlyList<FlowField> Fields, IReadOnlyList<FlowAction> Actions)
{
    /// <summary>Table, priority and match: two flows with the same key are the same flow. Names of ports are compared as given.</summary>
    public string MatchKey => Join($"table={Table}", $"priority={Priority}", Match);

    /// <summary>The match alone; empty when it matches everything.</summary>
    public string Match => string.Join(',', Fields);

    public string ActionsText => Actions.Count == 0 ? "drop" : string.Join(',', Actions);

    /// <summary>Names of devices that the flow receives from, sends to or resubmits as.</summary>
    public IEnumerable<string> PortNames => Fields.Where(f => f.Name == "in_port").Select(f => f.Value)
        .Concat(Actions.Select(a => a switch
        {
            FlowAction.Output output => output.Port,
            FlowAction.Resubmit resubmit => resubmit.Port,
            _ => null,
        }))
        .OfType<string>().Where(FlowPort.IsName).Distinct();

    /// <summary>The normal form: <c>priority=100,tcp,tp_dst=9573,actions=output:veth200</c>; table 0 is left out.</summary>
    public override string ToString() => Join(Table == 0 ? "" : $"table={Table}", $"priority={Priority}", Match, $"actions={ActionsText}");

    /// <summary>The same flow with numbers for names, as <c>ovs-ofctl</c> takes it without asking the switch.</summary>
    /// <param name="adapters">By their tunnels: a packet sent to one must carry its MAC, since containers address frames to their gateway.</param>
    /// <param name="ofports">Number of every port the bridge has or will have, by name; 65534 for the bridge's own.</param>
    /// <param name="path">Where the flow stands in its document, for <paramref name="problems"/>.</param>
    /// <param name="problems">Receives every unknown port, with the nearest names.</param>
    /// <returns>Null when a port is unknown.</returns>
    public FlowSpec? Compile(IReadOnlyDictionary<string, int> ofports, IReadOnlyDictionary<string, BridgeAdapter> adapters, string path, ICollection<Problem> problems)
    {
        Problem[] unknown = [.. UnknownPorts(ofports.Keys, path)];
        foreach (var problem in unknown) problems.Add(problem);
        if (unknown.Length > 0) return null;
        var addressed = this with
        {
            Actions = [.. Actions.SelectMany<FlowAction, FlowAction>(a => a is FlowAction.Output { Port: var port } && adapters.TryGetValue(port, out var adapter)
                ? [new FlowAction.Other("mod_dl_dst", $"mod_dl_dst:{adapter.Mac}"), a] : [a])],
        };
        return addressed.Renamed(port => FlowPort.IsName(port) ? FlowPort.OfNumber(ofports[port]) : port);
    }

    /// <summary>A problem for each name that is none of <paramref name="ports"/>, with the nearest ones.</summary>
    public IEnumerable<Problem> UnknownPorts(IEnumerable<string> ports, string path) =>
        from name in PortNames
        where !ports.Contains(name)
        select new Problem(path, $"\"{name}\" is not a port of the bridge, nor an action", Nearest: Nearest.To(name, ports.Concat(FlowPort.Keywords)));

    /// <summary>The same flow with other words for its ports: names for numbers, or numbers for names.</summary>
    public FlowSpec Renamed(Func<string, string> port) => this with
    {
        Fields = [.. Fields.Select(f => f is { Name: "in_port", Value: { } value } ? f with { Value = port(value) } : f)],
        Actions = [.. Actions.Select(a => a switch
        {
            FlowAction.Output output => output with { Port = port(output.Port) },
            FlowAction.Resubmit { Port: { } name } resubmit => resubmit with { Port = port(name) },
            _ => a,
        })],
    };

    static string Join(params IEnumerable<string> parts) => string.Join(',', parts.Where(p => p.Length > 0));
}
