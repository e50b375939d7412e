using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Engine;

public sealed partial class NodeEngine
{
    /// <summary>What lasts without an agent: packages, the membership of a network, programs in containers.</summary>
    static readonly string[] Lasting = ["packagekit", "netmaker", "xray", "lxc"];

    /// <summary>
    /// Takes down what is ours on the host, for when the agent goes for good: units become what they were, containers stop, bridge, tunnels, routes and rules go.
    /// What is desired stays as it is, so that another agent brings everything back. Returns what could not be done.
    /// </summary>
    public async Task<IReadOnlyList<MeshError>> ReleaseAsync(Action<string> report)
    {
        await _node.WaitAsync();
        try
        {
            var faults = new List<MeshError>();
            var stops = (await StopsAsync(faults)).Where(s => s.Teardown);
            string[] systems = [.. planner.Systems.Select(s => s.Name).Except(Lasting)];
            var run = await planner.PlanAsync(new NodeState(), ManagementPath.None, CancellationToken.None, also: systems);
            faults.AddRange(run.Faults.Select(f => f.Error));
            faults.AddRange(await RunEachAsync([.. stops, .. run.Steps], step => report(step.Shown.Summary)));
            return faults;
        }
        finally
        {
            _node.Release();
        }
    }

    /// <summary>Of containers: they keep their files.</summary>
    async Task<IReadOnlyList<Step>> StopsAsync(List<MeshError> faults)
    {
        var desired = Desired;
        if (desired.Lxc is not { } lxc) return [];
        var stopped = desired with { Lxc = lxc with { Containers = [.. lxc.Containers.Select(c => c with { Running = false })] } };
        try
        {
            return (await planner.SystemOf("lxc").PlanAsync(stopped, CancellationToken.None)).Steps;
        }
        catch (MeshException e)
        {
            faults.Add(e.Error);
            return [];
        }
    }
}
