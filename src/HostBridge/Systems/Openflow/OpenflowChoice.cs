using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Flows;

namespace MeshMcp.HostBridge.Systems.Openflow;

/// <summary>Finds the one flow that a partly given text names.</summary>
public static class OpenflowChoice
{
    const int Shown = 5;

    /// <param name="text">A flow; priority, table and actions may be left out.</param>
    /// <exception cref="MeshException">NotFound with the nearest flows, or InvalidArgument with the candidates.</exception>
    public static string Only(string text, IReadOnlyList<string> flows)
    {
        var pattern = FlowText.ParsePattern(text);
        if (pattern is { Table: null, Priority: null, Fields.Count: 0, Actions: null })
            throw new MeshException(ErrorKind.InvalidArgument, "The flow to be deleted is not named: the text is empty.", "flow", "Give its match, its priority or its actions, as list_flows shows them.");
        (string Text, FlowSpec Spec)[] all = [.. flows.Select(f => (f, FlowText.Parse(f)))];
        (string Text, FlowSpec Spec)[] fits = [.. all.Where(f => pattern.Names(f.Spec))];
        if (fits.Length == 0) fits = [.. all.Where(f => pattern.Selects(f.Spec))];
        return fits switch
        {
            [var only] => only.Text,
            [] => throw new MeshException(new MeshError(ErrorKind.NotFound, $"No flow of the desired state is {text}", "flow",
                "Take one from problems[0].nearest, or from list_flows.",
                [new("flow", "No such flow.", Nearest: Nearby(pattern, all))])),
            _ => throw new MeshException(new MeshError(ErrorKind.InvalidArgument, $"{fits.Length} flows fit {text}", "flow",
                "Add the priority, or the actions, of the one you mean.",
                [new("flow", "More than one flow fits.", Nearest: [.. fits.Take(Shown).Select(f => f.Text)])])),
        };
    }

    static IReadOnlyList<string> Nearby(FlowPattern pattern, IEnumerable<(string Text, FlowSpec Spec)> all) =>
        [.. all.Select(f => (f.Text, Common: f.Spec.Fields.Intersect(pattern.Fields).Count() + (f.Spec.Priority == pattern.Priority ? 1 : 0)))
            .Where(f => f.Common > 0).OrderByDescending(f => f.Common).Take(Shown).Select(f => f.Text)];
}
