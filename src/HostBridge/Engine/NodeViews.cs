using System.Reflection;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Store;
using MeshMcp.HostBridge.Systems.Openflow;

namespace MeshMcp.HostBridge.Engine;

/// <summary>Everything that can be read of a node; nothing here changes it.</summary>
public sealed class NodeViews(NodeEngine engine, NodeStore store, BridgeConfiguration configuration, FlowQueries flows, EditViews edits, IEnumerable<INodeFindings> others)
{
    static readonly string ProgramVersion = Assembly.GetExecutingAssembly().GetName().Version!.ToString(3);

    public async Task<NodeStatus> StatusAsync(CancellationToken ct)
    {
        var desired = engine.Desired;
        var path = ManagementPath.Of(desired);
        var left = Planner.Left(desired);
        var systems = new List<SystemStatus>();
        var findings = new List<Finding>();
        foreach (var system in engine.Planner.Systems)
        {
            try
            {
                var share = await system.PlanAsync(desired, ct);
                bool? inSync = system.Manages(desired) ? share.Steps.Count == 0 : null;
                systems.Add(new(system.Name, system.Manages(desired), true, inSync, inSync == false ? share.Steps[0].Shown.Summary : null));
                findings.AddRange(share.Findings);
                if (left.Contains(system.Name)) findings.AddRange(Planner.DriftOf(system.Name, share));
            }
            catch (MeshException e)
            {
                systems.Add(new(system.Name, system.Manages(desired), e.Error.Kind != ErrorKind.Unavailable, null, e.Error.Message));
            }
        }
        return new(configuration.Node, ProgramVersion, systems, store.Generations.Confirmed,
            engine.Unfinished is { } unfinished ? engine.Read(unfinished.Generation.Number) : null,
            path.Serves, [.. findings, .. engine.Contested, .. edits.Suspended(), .. others.SelectMany(o => o.Findings()), .. engine.Planner.Unmanaged(desired)])
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
                var run = await engine.Planner.PlanAsync(engine.Desired, ManagementPath.None, ct, [.. engine.Planner.Systems.Select(s => s.Name)]);
                return new(view, run.Observed.State, generation, [.. run.Plan.Findings, .. run.Faults.Select(f => new Finding("warning", f.System, $"Not observed: {f.Error.Message}"))]);
            default:
                throw new MeshException(ErrorKind.InvalidArgument, $"There is no view {view}.", "view", "desired, declared and observed are the views.");
        }
    }

    public Task<FlowList> FlowsAsync(CancellationToken ct) => flows.ListAsync(engine.Desired, Bridge, ct);

    public Task<PacketTrace> TraceAsync(TraceRequest request, CancellationToken ct) => flows.TraceAsync(engine.Desired, Bridge, request.Packet, ct);

    public IReadOnlyList<Generation> Generations(int limit) => [.. store.Generations.List(limit).Select(g => engine.Read(g.Generation.Number))];

    string Bridge => BridgeLayout.NameOf(engine.Desired);
}
