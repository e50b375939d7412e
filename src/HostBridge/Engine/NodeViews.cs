using System.Reflection;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Engine;

/// <summary>Everything that can be read of a node; nothing here changes it.</summary>
public sealed class NodeViews(NodeEngine engine, NodeStore store, BridgeConfiguration configuration, EditViews edits, IEnumerable<INodeFindings> others)
{
    static readonly string ProgramVersion = Assembly.GetExecutingAssembly().GetName().Version!.ToString(3);

    public async Task<NodeStatus> StatusAsync(CancellationToken ct)
    {
        var desired = engine.Desired;
        var left = engine.Planner.Left(desired);
        var systems = new List<SystemStatus>();
        var findings = new List<Finding>();
        var run = await engine.Planner.PlanAsync(desired, All, ct);
        engine.Standing.Note(run);
        foreach (var system in engine.Planner.Systems)
        {
            var manages = system.Manages(desired);
            if (run.Faults.FirstOrDefault(f => f.System == system.Name) is { Error: { } error })
            {
                systems.Add(new(system.Name, manages, error.Kind != ErrorKind.Unavailable, null, $"{error.Message} {error.Hint}".TrimEnd()));
                continue;
            }
            Step[] steps = [.. run.Steps.Where(s => s.Shown.System == system.Name)];
            var blocked = run.Blocked.FirstOrDefault(s => s.Shown.System == system.Name);
            string[] waits = [.. run.Seen.Where(s => s.System == system.Name).SelectMany(s => s.Findings).Where(f => f.Waits).Select(f => $"{f.Path}: {f.Message}")];
            bool? inSync = manages ? steps.Length == 0 && blocked is null && waits.Length == 0 : null;
            systems.Add(new(system.Name, manages, true, inSync, manages ? (steps.FirstOrDefault() ?? blocked)?.Shown.Summary : null) { Waits = manages && waits.Length > 0 ? waits : null });
            if (left.Contains(system.Name)) findings.AddRange(Planner.DriftOf(system.Name, steps));
        }
        findings.InsertRange(0, run.Plan.Findings);
        return new(configuration.Node, ProgramVersion, systems, store.Generations.Confirmed,
            engine.Unfinished is { } unfinished ? engine.Read(unfinished.Generation.Number) : null,
            ManagementPaths.ServesIn(desired), [.. findings, .. engine.Slow, .. engine.Contested, .. engine.LostFindings, .. engine.NotExpired, .. edits.Suspended(), .. others.SelectMany(o => o.Findings())])
        {
            LastHealing = engine.LastHealing,
        };
    }

    /// <param name="origins">Also where each item is from; of the desired state only.</param>
    public async Task<StateView> StateAsync(string view, bool origins, CancellationToken ct)
    {
        if (origins && view != "desired")
            throw new MeshException(ErrorKind.InvalidArgument, $"The items of the {view} state have no origins.", "origins", "Ask for them with view desired.");
        var generation = (engine.Unfinished?.Generation ?? store.Generations.Confirmed)?.Number;
        switch (view)
        {
            case "desired":
                return new(view, engine.Desired, generation, [.. edits.Suspended(), .. engine.Planner.Unmanaged(engine.Desired)]) { Origins = origins ? edits.Origins() : null, Revision = engine.Revision };
            case "declared":
                return new(view, engine.Declared, generation, engine.Planner.Unmanaged(engine.Declared)) { Revision = engine.Revision };
            case "observed":
                var run = await engine.Planner.PlanAsync(engine.Desired.ManagingAll(), All, ct);
                return new(view, run.Observed.State, generation, [.. run.Plan.Findings, .. run.Faults.Select(f => new Finding("warning", f.System, $"Not observed: {f.Error.Message}"))]);
            default:
                throw new MeshException(ErrorKind.InvalidArgument, $"There is no view {view}.", "view", "desired, declared and observed are the views.");
        }
    }

    public IReadOnlyList<Generation> Generations(int limit, int? before) => [.. store.Generations.List(limit, before).Select(g => engine.Read(g.Generation.Number))];

    IReadOnlySet<string> All => engine.Planner.Systems.Select(s => s.Name).ToHashSet();
}
