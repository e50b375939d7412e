namespace MeshMcp.Contracts.Flows;

/// <summary>What a caller says of a flow in order to name it: what is left out is not asked for.</summary>
/// <param name="Actions">Null when left out; empty means drop.</param>
public sealed record FlowPattern(int? Table, int? Priority, IReadOnlyList<FlowField> Fields, IReadOnlyList<FlowAction>? Actions)
{
    /// <summary>Table, priority and actions are as given, and the match has at least the given fields.</summary>
    public bool Selects(FlowSpec flow) =>
        (Table ?? flow.Table) == flow.Table && (Priority ?? flow.Priority) == flow.Priority
        && (Actions is null || Actions.SequenceEqual(flow.Actions)) && Fields.All(flow.Fields.Contains);

    /// <summary>As <see cref="Selects"/>, and the match has nothing else: preferred when several are selected.</summary>
    public bool Names(FlowSpec flow) => Selects(flow) && Fields.Count == flow.Fields.Count;
}
