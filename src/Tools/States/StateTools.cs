using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using System.Text.Json;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;
using MeshMcp.Contracts.Trust;
using MeshMcp.Tools.Answers;
using MeshMcp.Tools.Calls;
using MeshMcp.Tools.Changes;
using MeshMcp.Tools.Nodes;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Tools.States;

sealed class StateTools(INodes nodes)
{
    /// <summary>Longer sections would fill a model's context.</summary>
    const int MaxSection = 32_000, MaxOrigins = 50;
    const string State = "The whole declared document, e.g. {\"bridge\":{\"address\":\"10.1.0.1/24\"},\"openflow\":{\"bridges\":{\"mesh\":{\"flows\":[\"priority=10,actions=normal\"]}}}}";
    static IReadOnlyList<string> Sections => NodeState.Sections;

    [ModuleInitializer]
    internal static void Register() => Toolset.Register(new("state", 20, nodes =>
    {
        var tools = new StateTools(nodes);
        return [tools.GetAsync, tools.PlanAsync, tools.ApplyAsync];
    }));

    [McpServerTool(Name = "get_state", Title = "Get state", ReadOnly = true, Destructive = false, Idempotent = true, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ShownState))]
    [Description("Shows a node's state: desired (declared with all edits), declared (the document that apply_state replaces) or observed (ours on the host now). Not for many flows or counters: use list_flows.")]
    [RequiresScope(Scope.Read)]
    [Rest("GET", "state")]
    public async Task<CallToolResult> GetAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description("Side of the state, e.g. observed")] StateSide view = StateSide.Desired,
        [Description("Only this section, e.g. bridge")] string? section = null,
        [Description("also which edits made what, e.g. true")] bool origins = false,
        CancellationToken ct = default)
    {
        RequireSection(section);
        using var client = nodes.Get(node, context.Identity());
        var read = await client.StateAsync(view.ToString().ToLowerInvariant(), ct, origins);
        var state = JsonSerializer.SerializeToNode(read.State, MeshJson.Default.NodeState)!.AsObject();
        List<string> leftOut = [];
        foreach (var (name, value) in state.ToList())
            if (section is not null && name != section) state.Remove(name);
            else if (!context.Call().IsProgram && value?.ToJsonString() is { Length: > MaxSection } text)
            {
                state.Remove(name);
                leftOut.Add($"{name} ({text.Length / 1024} KiB): read it with {(name == "openflow" ? "list_flows, or " : "")}the resource mesh://nodes/{node}/state");
            }
        var found = (read.Origins ?? []).Where(o => o.Edit is not null && (section is null || StateItems.Covers(section, o.Path))).ToList();
        var shown = new ShownState(node, read.View, state, read.Generation, read.Findings.Count == 0 ? null : read.Findings, leftOut.Count == 0 ? null : leftOut)
        {
            Revision = read.Revision,
            Origins = read.Origins is null ? null : [.. found.Take(context.Call().IsProgram ? int.MaxValue : MaxOrigins)],
        };
        return Answer.Of(shown, ToolJson.Default.ShownState,
        [
            $"{read.View} state of {node}{(read.Generation is { } g ? $", generation {g}" : "")}{(section is null ? "" : $", section {section}{(state.ContainsKey(section) || leftOut.Count > 0 ? "" : " (absent: unmanaged)")}")}",
            .. leftOut.Count == 0 ? [] : new[] { "Sections are left out: do not give this state to apply_state." },
            .. shown.Origins is { } told && told.Count < found.Count ? new[] { $"{told.Count} of {found.Count} origins; the others are left out: ask for one section." } : [],
        ],
        [
            state.ToJsonString(),
            .. read.Findings.Select(Words.Of),
            .. leftOut.Select(l => $"left out: {l}"),
            .. shown.Revision is null ? [] : new[] { $"revision: {shown.Revision}" },
            .. (shown.Origins ?? []).Select(o => $"{o.Path}: {(o.Removed ? "taken away" : "made so")} by edit {o.Edit}, {o.By}, {o.At:u}{(o.Until is { } until ? $", until {until:u}" : "")}{(o.Why is null ? "" : $" ({o.Why})")}"),
        ], keepLines: true);
    }

    [McpServerTool(Name = "plan_state", Title = "Plan a state", ReadOnly = true, Destructive = false, Idempotent = true, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(PlanReport))]
    [Description("Shows what apply_state would do with a declared document: the steps, what waits, and the plan's digest. Changes nothing. Not for one flow: use add_flow with dryRun=true.")]
    [RequiresScope(Scope.Read)]
    [Rest("POST", "plan", Body = "state")]
    public async Task<CallToolResult> PlanAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description(State)] JsonElement state,
        CancellationToken ct)
    {
        var request = new ChangeRequest { Declared = state };
        using var client = nodes.Get(node, context.Identity());
        var plan = await client.PlanAsync(request, ct);
        var (steps, leftOut) = Words.Bounded(plan.Steps);
        var report = new PlanReport(node, plan.Digest, plan.Steps.Any(s => s.TouchesManagement), steps, plan.Findings) { Blast = plan.Blast };
        return Answer.Of(report, ToolJson.Default.PlanReport, [.. Sentences(report), .. Words.LeftOut(leftOut)], [.. Words.Lines(steps), .. plan.Findings.Select(Words.Of), .. Words.Details(steps)]);
    }

    [McpServerTool(Name = "apply_state", Title = "Apply a state", ReadOnly = false, Destructive = true, Idempotent = true, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ChangeReport))]
    [Description("Replaces a node's declared document, applies and verifies it. Items that it names count over earlier edits; a section left out becomes unmanaged and stays as it is. Call plan_state first. Not for one flow: use add_flow.")]
    [RequiresScope(Scope.Operate)]
    [Rest("PUT", "state", Body = "state")]
    public async Task<CallToolResult> ApplyAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description(State)] JsonElement state,
        [Description("digest from plan_state: any other plan is refused, e.g. 3f9a0c1d")] string? expectedDigest = null,
        [Description("revision from get_state, e.g. 5e0f21a4c7b3-4")] string? expectedRevision = null,
        [Description(Arguments.ConfirmWithin)] int? confirmWithin = null,
        [Description(Arguments.Why)] string? why = null,
        CancellationToken ct = default)
    {
        var request = new ChangeRequest { Declared = state, ExpectedDigest = expectedDigest, ExpectedRevision = expectedRevision, ConfirmWithin = confirmWithin, Why = why };
        var report = await new ChangeRun(nodes, context).RunAsync(node, request, ct);
        return report.ToAnswer();
    }

    /// <exception cref="MeshException">InvalidArgument: there is no such section.</exception>
    public static void RequireSection(string? section)
    {
        if (section is not null && !Sections.Contains(section))
            throw new MeshException(new MeshError(ErrorKind.InvalidArgument, $"There is no section '{section}'.", "section", $"The sections are: {string.Join(", ", Sections)}.",
                [new("section", "is not a section", Nearest: Nearest.To(section, Sections))]));
    }

    static IEnumerable<string> Sentences(PlanReport plan)
    {
        var waits = plan.Findings.Count(f => f.Waits);
        yield return plan.Steps.Count == 0 ? $"Nothing to do on {plan.Node} (plan {plan.Digest})." : $"{Words.Count(plan.Steps.Count, "step")} on {plan.Node}, plan {plan.Digest}";
        if (waits > 0) yield return $"{Words.Count(waits, "finding")} of what cannot be done yet: that is kept as wanted, and waits.";
        if (plan.Blast?.Describe() is { Length: > 0 } blast) yield return $"It reaches {blast}.";
        if (plan.NeedsConfirmation) yield return "It touches the way to the node, so it will have to be confirmed.";
        yield return $"To do it: apply_state with the same state and \"expectedDigest\":\"{plan.Digest}\".";
    }
}
