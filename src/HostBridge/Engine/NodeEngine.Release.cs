using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Engine;

public sealed partial class NodeEngine
{
    /// <summary>
    /// Takes down what is ours on the host, for when the agent goes for good: units become what they were, containers stop, bridge, tunnels, routes and rules go.
    /// What is desired stays as it is, so that another agent brings everything back. Returns what could not be done.
    /// </summary>
    public async Task<IReadOnlyList<MeshError>> ReleaseAsync(Action<string> report)
    {
        using var slot = await _gate.SlotAsync();
        using var steps = await _gate.StepsAsync();
        var desired = Desired.ManagingAll();
        var aims = planner.Systems.Select(s => (s.Name, Aim: s.Released(desired))).Where(a => a.Aim is not null).ToDictionary(a => a.Name, a => a.Aim!);
        var faults = new List<MeshError>();
        var end = await new Convergence(time)
        {
            Plan = async () =>
            {
                var run = await planner.PlanAsync(s => aims[s.Name], aims.Keys.ToHashSet(), CancellationToken.None);
                faults = [.. run.Faults.Select(f => f.Error)];
                return run;
            },
            // What goes on to exist is not put right on the way out.
            Takes = s => s.Teardown || !planner.SystemOf(s.Shown.System).Manages(aims[s.Shown.System]),
            Run = async step =>
            {
                await step.Run(CancellationToken.None);
                report(step.Shown.Summary);
            },
            Bears = (_, e) => Patience.ErrorOf(log, e),
        }.RunAsync();
        return [.. end.Failed.Select(f => f.Error), .. faults, .. end.Left.Select(s => new MeshError(ErrorKind.VerificationFailed, $"still to do: {s.Shown.Summary}", s.Shown.Target))];
    }
}
