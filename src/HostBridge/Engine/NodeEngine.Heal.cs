using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Engine;

public sealed partial class NodeEngine
{
    readonly Contention _contention = new(time);
    readonly LongHealing _longHealing = new();
    readonly RunningWork _running = new(time);

    /// <summary>So long healing waits for what takes long before it goes on without its end.</summary>
    static readonly TimeSpan LongWithin = TimeSpan.FromSeconds(2);

    /// <summary>What has been running long.</summary>
    public IEnumerable<Finding> Slow => _running.Findings;

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
            var troubles = first.Faults.Select(f => (f.System, f.Error)).ToList();
            var done = new List<string>();
            if (first.Steps.Any(IsQuick))
            {
                var (held, preempted) = await _gate.HealingAsync();
                using (held)
                {
                    if (preempted.IsCancellationRequested || Revision != revision || _making != making)
                    {
                        Later(systems);
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
                            await _running.RunAsync(step, () => step.Run(CancellationToken.None));
                            done.Add(step.Shown.Summary);
                            if (round == 1) contested.AddRange(_contention.PutBack(step));
                        },
                        Bears = (_, e) => Patience.ErrorOf(log, e),
                    }.RunAsync();
                    foreach (var what in contested) events.Publish("contested", $"{what}: somebody keeps undoing it");
                    if (preempted.IsCancellationRequested) Later(systems);
                    else
                    {
                        troubles.AddRange(end.Failed.Select(f => (f.Step.Shown.System, f.Error)));
                        if (end.Failed.Count == 0 && end.Trouble is { } trouble) troubles.Add((end.Left is [var still, ..] ? still.Shown.System : "", trouble));
                    }
                }
            }
            await HealLongAsync([.. first.Steps.Where(s => s.Reporting is not null && !_contention.Leaves(s))], LookAsync, done, troubles);
            return Told(done, troubles);

            bool IsQuick(Step step) => step.Reporting is null && !_contention.Leaves(step);
            Task<PlanRun> LookAsync() => planner.PlanAsync(desired, systems, CancellationToken.None, left: planner.Left(desired));
        }
        catch (Exception e)
        {
            return Told([], [("", Patience.ErrorOf(log, e))]);
        }
    }

    /// <summary>Systems in which an undoing left something: they are brought to what is desired, also where that is nothing.</summary>
    IEnumerable<string> Lost() => store.Generations.Newest is { Generation: { Status: GenerationStatus.Failed, Lost: var lost } } ? lost.Select(l => l.System) : [];

    /// <summary>What undoing left behind, and what to do about it.</summary>
    public IEnumerable<Finding> LostFindings => store.Generations.Newest is { Generation: { Status: GenerationStatus.Failed } failed }
        ? failed.Lost.Select(l => new Finding("lost", l.System, $"Generation {failed.Number} could not be undone there: {l.What}. It goes on being put right; look at get_state with view=observed, and apply the state again once that system answers."))
        : [];

    /// <summary>Work of a system that takes long and changes nothing of the state: beside everything else but a change of the same system.</summary>
    /// <returns>False where something else is at that system, or a change has not ended: nothing was done.</returns>
    public async Task<bool> BesideAsync(string system, string what, Func<Task> work)
    {
        if (Unfinished is not null || !_longHealing.Begin(system)) return false;
        try
        {
            await _running.RunAsync(system, what, work);
            return true;
        }
        finally
        {
            _longHealing.End(system);
        }
    }

    /// <summary>Nobody waits for these but a change of the same system; what has not ended soon goes on beside the next look.</summary>
    async Task HealLongAsync(IReadOnlyList<Step> steps, Func<Task<PlanRun>> look, List<string> done, List<(string, MeshError)> troubles)
    {
        var began = time.GetTimestamp();
        foreach (var group in steps.GroupBy(s => s.Shown.System))
        {
            if (!_longHealing.Begin(group.Key))
            {
                drift.Keep([group.Key]);
                continue;
            }
            var (ended, failed) = (new List<string>(), new List<(string, MeshError)>());
            var work = Task.Run(() => LongAsync(group.Key, [.. group], look, ended, failed));
            var left = LongWithin - time.GetElapsedTime(began);
            if (work.IsCompleted || (left > TimeSpan.Zero && await Task.WhenAny(work, Task.Delay(left, time)) == work))
            {
                done.AddRange(ended);
                troubles.AddRange(failed);
            }
            else
            {
                _ = work.ContinueWith(_ =>
                {
                    Told(ended, failed);
                    // What failed is tried again at the next look that comes anyhow.
                    if (failed.Count == 0) drift.Raise(group.Key);
                }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }
        }
    }

    async Task LongAsync(string system, IReadOnlyList<Step> steps, Func<Task<PlanRun>> look, List<string> done, List<(string, MeshError)> failed)
    {
        try
        {
            foreach (var planned in steps)
            {
                // A change may have done it meanwhile.
                if ((await look()).Steps.FirstOrDefault(s => s.Key == planned.Key) is not { } step) continue;
                await _running.RunAsync(step, () => step.Run(CancellationToken.None));
                done.Add(step.Shown.Summary);
            }
        }
        catch (Exception e)
        {
            failed.Add((system, Patience.ErrorOf(log, e)));
        }
        finally
        {
            _longHealing.End(system);
        }
    }

    /// <summary>Not now: somebody else has the node.</summary>
    void Later(IReadOnlySet<string> systems)
    {
        if (_making is null) drift.Raise(systems);
        else drift.Keep(systems);
    }

    /// <param name="troubles">With their systems. What others stand on comes first: its trouble is the cause of theirs.</param>
    MeshError? Told(List<string> done, IReadOnlyList<(string System, MeshError Error)> troubles)
    {
        if (done.Count > 0)
        {
            LastHealing = $"{time.GetUtcNow():u} put back: {string.Join("; ", done)}";
            events.Publish("healed", LastHealing);
            audit.Did("repair", string.Join("; ", done), new(AuditEntry.Done, null));
        }
        if (troubles.Count == 0) return null;
        string[] order = [.. planner.Systems.Select(s => s.Name)];
        var fault = troubles.MinBy(t => Array.IndexOf(order, t.System) is >= 0 and var place ? place : order.Length).Error;
        LastHealing = $"{(done.Count > 0 ? LastHealing + "; " : $"{time.GetUtcNow():u} ")}could not heal: {fault.Message}";
        return fault;
    }
}
