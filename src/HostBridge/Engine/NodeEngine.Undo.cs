using System.Threading.Channels;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Engine;

public sealed partial class NodeEngine
{
    /// <summary>Since everything concerned answers; what is left then will not go by itself.</summary>
    static readonly TimeSpan UndoFor = TimeSpan.FromSeconds(60);
    /// <summary>In all: a node must take changes again also where a daemon never comes back.</summary>
    static readonly TimeSpan UndoAtMost = TimeSpan.FromSeconds(180);

    Undoing? _undoing;

    /// <summary>
    /// Undoes what must not stay: a change whose time is over, one that a crash left half done, one whose undoing failed before.
    /// Called again and again; does nothing when there is nothing of the kind. Waits neither for healing nor for an operation.
    /// </summary>
    public async Task UndoOverdueAsync()
    {
        Generation generation;
        MeshError cause;
        lock (_turn)
        {
            if (_making is not null || Unfinished is not { Generation: var unfinished } || (unfinished.Status != GenerationStatus.Applying && !Overdue(unfinished.Number))) return;
            generation = unfinished;
            cause = generation.Status == GenerationStatus.AwaitingConfirmation ? new(ErrorKind.Timeout, $"Nobody confirmed it within {generation.Confirmation!.Within} s.")
                : _undoing?.Generation == generation.Number ? _undoing.Cause
                : new(ErrorKind.Unavailable, "The host bridge was stopped while it applied this change.");
        }
        await UndoAsync(generation, cause);
    }

    async Task CancelAsync(int? only, Caller caller, ChannelWriter<ApplyEvent> report)
    {
        var generation = Waiting(only);
        MayEnd(generation.Number, only, caller);
        var cause = new MeshError(ErrorKind.Conflict, $"Undone by {caller.Name} before it was confirmed.");
        Report(report, generation, new ApplyEvent.RollingBack(cause));
        var undone = await UndoAsync(generation, cause);
        Report(report, generation, new ApplyEvent.Finished(undone.Status == GenerationStatus.RolledBack, undone, undone.Status == GenerationStatus.RolledBack ? null : undone.Error));
    }

    Generation Waiting(int? only) => Unfinished is { Generation: { Status: GenerationStatus.AwaitingConfirmation } generation } && (only is null || only == generation.Number) ? generation
        : throw new MeshException(ErrorKind.Conflict, "No change waits for confirmation, so there is nothing to undo.", "rollback", "To go back further give the number of a confirmed generation from list_changes.");

    /// <summary>Plans towards the snapshot and verifies. What cannot be undone now stays unfinished and is tried again; what is left in the end is named as lost, and healing goes on with it.</summary>
    async Task<Generation> UndoAsync(Generation generation, MeshError cause)
    {
        lock (_turn)
        {
            generation = store.Generations.Find(generation.Number)!.Generation;
            if (generation.Status is not (GenerationStatus.AwaitingConfirmation or GenerationStatus.Applying)) return generation;
            if (_undoing?.Generation != generation.Number) _undoing = new(generation.Number, cause, time.GetTimestamp());
            // From here on it is no longer a change that waits: nobody can confirm it, and a crash in the middle goes on undoing.
            if (generation.Status == GenerationStatus.AwaitingConfirmation)
            {
                generation = generation with { Status = GenerationStatus.Applying };
                // Where it cannot be written down it is undone all the same: its time runs out anyhow.
                TryWrite(new(generation));
            }
        }
        using var steps = await _gate.StepsSoonAsync();
        // Somebody else may have been at it.
        if (_undoing is not { } undoing || undoing.Generation != generation.Number) return Read(generation.Number);
        var end = await RestoreAsync(generation);
        if (end is not { Trouble: { } left })
            return Ended(generation with { Status = GenerationStatus.RolledBack, EndedAt = time.GetUtcNow(), Error = cause });
        if (end.NotYet is null) undoing.Answered ??= time.GetTimestamp();
        else undoing.Answered = null;
        var over = time.GetElapsedTime(undoing.Since) > UndoAtMost || (undoing.Answered is { } answered && time.GetElapsedTime(answered) > UndoFor);
        if (!over) return generation with { Error = cause with { Message = $"{cause.Message} Undoing it is not done yet and goes on by itself: {left.Message}" } };
        return Ended(generation with
        {
            Status = GenerationStatus.Failed,
            EndedAt = time.GetUtcNow(),
            Error = cause with { Message = $"{cause.Message} Undoing it failed too: {left.Message}", Hint = left.Hint ?? "meshctl doctor on the node says what to do." },
            Lost = [.. end.Lost],
        });
    }

    Generation Ended(Generation ended)
    {
        if (TryWrite(new(ended)) is { } unwritten) return ended with { Error = ended.Error! with { Message = $"{ended.Error.Message} It is undone, but that cannot be written down: {unwritten.Message}" } };
        _undoing = null;
        events.Publish(ended.Status == GenerationStatus.RolledBack ? "rolledBack" : "failed", $"generation {ended.Number}: {ended.Error!.Message}", ended.Number);
        drift.Raise();
        return ended;
    }

    async Task<Converged> RestoreAsync(Generation generation)
    {
        if (store.Generations.ReadSnapshot(generation.Number) is not { } before)
            return Converged.Not(new(ErrorKind.Bug, $"The snapshot of generation {generation.Number} is missing or cannot be read; healing goes on towards the last generation that holds."));
        // What the change put hands on; what stands on that too, where it answers.
        var touched = generation.Steps.Select(s => s.System).Where(before.Systems.Contains).ToHashSet();
        var carried = planner.WithCarried(touched).Where(s => !touched.Contains(s) && before.Systems.Contains(s) && planner.Answers(s)).ToHashSet();
        var (seen, brought) = (new HashSet<string>(), false);
        try
        {
            return await new Convergence(time)
            {
                Plan = async () =>
                {
                    var run = await planner.PlanAsync(_ => before.State, touched.Union(carried).ToHashSet(), CancellationToken.None, briefly: carried);
                    seen.UnionWith(run.Seen.Select(s => s.System));
                    // What only stands on it is healing's to see to.
                    carried.ExceptWith(run.Faults.Select(f => f.System));
                    return run;
                },
                Round = (_, steps) => brought |= planner.BringAnything(steps.Select(s => s.Shown.System)),
                Run = step => _running.RunAsync(step, () => step.Run(CancellationToken.None)),
                Bears = (_, e) => Patience.ErrorOf(log, e),
                // What came into sight with the change may go out of sight with it, once it was seen.
                NotYet = run => run.Faults.FirstOrDefault(f => touched.Contains(f.System) && !(brought && seen.Contains(f.System))) is not { } blind ? null
                    : blind.Error with { Message = $"{blind.System} cannot be seen, so what the change made there may be left: {blind.Error.Message}", Target = blind.System },
            }.RunAsync();
        }
        catch (Exception e)
        {
            return Converged.Not(Patience.ErrorOf(log, e));
        }
    }

    /// <summary>An undoing that goes on.</summary>
    sealed class Undoing(int generation, MeshError cause, long since)
    {
        public int Generation => generation;
        public MeshError Cause => cause;
        public long Since => since;

        /// <summary>Since when all that the change touched can be asked; null while something cannot.</summary>
        public long? Answered { get; set; }
    }
}
