using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Engine;

public sealed partial class NodeEngine
{
    readonly Contention _contention = new(time);
    readonly LongHealing _longHealing = new();

    /// <summary>What somebody keeps undoing.</summary>
    public IReadOnlyList<Finding> Contested => _contention.Findings;

    /// <inheritdoc cref="Contention.Forget"/>
    public void Forget(string section) => _contention.Forget(section);

    /// <summary>What healing last did, in words.</summary>
    public string? LastHealing { get; private set; }

    /// <summary>
    /// Puts back what is ours and missing or altered: towards the change that waits for its confirmation, else towards the last confirmed generation.
    /// Looks beside everything else, has the node only while it runs steps, and gives way to whoever wants it. What takes long (a package) runs beside the rest.
    /// Returns the error that is left, null when the node is as desired.
    /// </summary>
    /// <param name="only">Systems that something happened to; what stands on them is looked at too. Null for all.</param>
    public async Task<MeshError?> HealAsync(IReadOnlySet<string>? only = null)
    {
        try
        {
            if (store.Generations.Confirmed is null && Unfinished is null) return null;
            var making = _making;
            // What is half done belongs to the undoing.
            if (making is null && Unfinished?.Generation is { } unfinished && (unfinished.Status == GenerationStatus.Applying || Overdue(unfinished.Number))) return null;
            var (desired, revision) = (Desired, Revision);
            HashSet<string> systems = [.. planner.Managing(desired), .. Lost()];
            if (only is not null) systems.IntersectWith(planner.WithCarried(only));
            if (making is not null)
            {
                drift.Keep(systems.Intersect(making.Systems));
                systems.ExceptWith(making.Systems);
            }
            if (systems.Count == 0) return null;
            var first = await LookAsync();
            var faults = first.Faults.Select(f => f.Error).ToList();
            var (done, failed) = (new List<string>(), new List<MeshError>());
            if (first.Steps.Any(IsQuick))
            {
                var (held, preempted) = await _gate.HealingAsync();
                using (held)
                {
                    if (preempted.IsCancellationRequested || Revision != revision || _making != making)
                    {
                        drift.Raise(systems);
                        return null;
                    }
                    var round = 0;
                    var contested = new List<string>();
                    var end = await new Convergence(time)
                    {
                        Plan = LookAsync,
                        Takes = s => IsQuick(s) && !preempted.IsCancellationRequested,
                        Round = (_, _) => round++,
                        Run = async step =>
                        {
                            preempted.ThrowIfCancellationRequested();
                            // To its end: what is cut off in the middle may stand there without our mark.
                            await step.Run(CancellationToken.None);
                            done.Add(step.Shown.Summary);
                            if (round == 1) contested.AddRange(_contention.PutBack(step));
                        },
                        Bears = (_, e) => Patience.ErrorOf(log, e),
                    }.RunAsync();
                    foreach (var what in contested) events.Publish("contested", $"{what}: somebody keeps undoing it");
                    if (preempted.IsCancellationRequested) drift.Raise(systems);
                    else
                    {
                        failed.AddRange(end.Failed.Select(f => f.Error));
                        if (failed.Count == 0 && end.Trouble is { } trouble) faults.Add(trouble);
                    }
                }
            }
            await HealLongAsync([.. first.Steps.Where(s => s.Reporting is not null && !_contention.Leaves(s))], LookAsync, done, failed);
            return Told(done, [.. failed, .. faults]);

            bool IsQuick(Step step) => step.Reporting is null && !_contention.Leaves(step);
            Task<PlanRun> LookAsync() => planner.PlanAsync(desired, systems, CancellationToken.None, left: planner.Left(desired));
        }
        catch (Exception e)
        {
            return Told([], [Patience.ErrorOf(log, e)]);
        }
    }

    /// <summary>Systems in which an undoing left something: they are brought to what is desired, also where that is nothing.</summary>
    IEnumerable<string> Lost() => store.Generations.Newest is { Generation: { Status: GenerationStatus.Failed, Lost: var lost } } ? lost.Select(l => l.System) : [];

    /// <summary>What undoing left behind, and what to do about it.</summary>
    public IEnumerable<Finding> LostFindings => store.Generations.Newest is { Generation: { Status: GenerationStatus.Failed } failed }
        ? failed.Lost.Select(l => new Finding("lost", l.System, $"Generation {failed.Number} could not be undone there: {l.What}. It goes on being put right; look at get_state observed, and apply the state again once that system answers."))
        : [];

    /// <summary>Nobody waits for these but a change of the same system.</summary>
    async Task HealLongAsync(IReadOnlyList<Step> steps, Func<Task<PlanRun>> look, List<string> done, List<MeshError> failed)
    {
        foreach (var planned in steps)
        {
            if (!_longHealing.Begin(planned.Shown.System))
            {
                drift.Keep([planned.Shown.System]);
                continue;
            }
            try
            {
                // A change may have done it meanwhile.
                if ((await look()).Steps.FirstOrDefault(s => s.Key == planned.Key) is not { } step) continue;
                await step.Run(CancellationToken.None);
                done.Add(step.Shown.Summary);
            }
            catch (Exception e)
            {
                failed.Add(Patience.ErrorOf(log, e));
            }
            finally
            {
                _longHealing.End();
            }
        }
    }

    MeshError? Told(List<string> done, List<MeshError> faults)
    {
        if (done.Count > 0)
        {
            LastHealing = $"{time.GetUtcNow():u} put back: {string.Join("; ", done)}";
            events.Publish("healed", LastHealing);
        }
        if (faults is not [var fault, ..]) return null;
        LastHealing = $"{(done.Count > 0 ? LastHealing + "; " : $"{time.GetUtcNow():u} ")}could not heal: {fault.Message}";
        return fault;
    }
}
