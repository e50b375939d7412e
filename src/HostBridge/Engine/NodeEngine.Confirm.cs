using System.Threading.Channels;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Engine;

public sealed partial class NodeEngine
{
    static readonly TimeSpan UndoFor = TimeSpan.FromSeconds(60);

    (int Generation, MeshError Cause, long Since)? _undoing;

    /// <summary>A generation with the seconds left filled in.</summary>
    public Generation Read(int number)
    {
        var stored = store.Generations.Find(number) ?? throw new MeshException(ErrorKind.NotFound, $"This node keeps no generation {number}.", "generation", "list_changes shows those there are.");
        if (stored is not { Generation: { Status: GenerationStatus.AwaitingConfirmation, Confirmation: { } confirmation } generation, Applied: { } applied }) return stored.Generation;
        var since = store.Clock.Since(applied);
        return generation with { Confirmation = confirmation with { SecondsSince = since, SecondsLeft = Math.Max(0, confirmation.Within - (since ?? confirmation.Within)) } };
    }

    /// <summary>Keeps a change that waits. Over a relay only a connection newer than the change counts: it proves that the way in still works.</summary>
    public async Task<Generation> ConfirmAsync(int number, ConfirmRequest request, Caller caller)
    {
        await _node.WaitAsync();
        try
        {
            var generation = Read(number);
            if (generation.Status == GenerationStatus.Confirmed) return generation;
            if (generation.Status != GenerationStatus.AwaitingConfirmation || generation.Confirmation is not { } confirmation)
                throw new MeshException(ErrorKind.Conflict, $"Generation {number} cannot be confirmed: it is {generation.Status}. {generation.Error?.Message}", "generation", "Make the change again if it is still wanted.");
            if (Overdue(number)) throw new MeshException(ErrorKind.Conflict, $"The {confirmation.Within} s for generation {number} are over; it is being undone.", "generation", "Make the change again and confirm it in time.");
            if (request.Extend is { } seconds) return Extended(generation, confirmation, seconds, caller);
            var ended = generation with
            {
                Status = GenerationStatus.Confirmed,
                EndedAt = time.GetUtcNow(),
                Confirmation = confirmation with { SecondsLeft = null, SecondsSince = null, ConfirmedBy = Proof(number, confirmation, request, caller) },
            };
            store.Write(new(ended));
            events.Publish("confirmed", $"generation {number} confirmed by {caller.Name}", number);
            return ended;
        }
        finally
        {
            _node.Release();
        }
    }

    /// <summary>More time to look, up to an hour after the change was made: a change must not wait for ever.</summary>
    Generation Extended(Generation generation, Confirmation confirmation, int seconds, Caller caller)
    {
        var since = (int)Math.Ceiling(confirmation.SecondsSince ?? 0);
        if (seconds is < ShortestConfirm or > LongestConfirm || since + seconds > LongestConfirm)
            throw new MeshException(ErrorKind.InvalidArgument, $"A change waits {ShortestConfirm} to {LongestConfirm} seconds in all; {since} are over.", "extend", $"Give at most {Math.Max(0, LongestConfirm - since)}.");
        var longer = generation with { Confirmation = confirmation with { Within = since + seconds, Deadline = time.GetUtcNow().AddSeconds(seconds), SecondsLeft = null, SecondsSince = null } };
        store.Write(new(longer, store.Generations.Find(generation.Number)!.Applied));
        events.Publish("extended", $"generation {generation.Number} waits {seconds} s more, by {caller.Name}", generation.Number);
        return Read(generation.Number);
    }

    string Proof(int number, Confirmation confirmation, ConfirmRequest request, Caller caller)
    {
        if (caller.IsLocal)
            return caller.Scope >= Scope.Admin
                ? "local: path not proven"
                : throw new MeshException(ErrorKind.PermissionDenied, "On the local socket only an admin may confirm, since that proves no path.", "confirm", "Confirm through the MCP server, or as root.");
        var since = store.Generations.Find(number)?.Applied is { } applied ? store.Clock.Since(applied) : null;
        if (since is null || caller.ConnectionAge.TotalSeconds >= since)
            throw new MeshException(ErrorKind.ConfirmationRequired, "This connection is older than the change, so it does not prove that the way in still works.", "confirm", "Open a new connection and confirm over it.");
        if (!confirmation.CallerMustReconnect) return confirmation.ByCaller ? "caller" : "server over a new relay connection";
        return request.CallerReconnected
            ? "caller reconnected"
            : throw new MeshException(ErrorKind.ConfirmationRequired, "This change lies on your own way in; a confirmation counts only on a connection of yours that was opened after it.", "confirm",
                $"Close this connection and call confirm_change with generation {number} on a new one.");
    }

    async Task CancelAsync(int? only, Caller caller, ChannelWriter<ApplyEvent> report)
    {
        if (Unfinished is not { Generation: { Status: GenerationStatus.AwaitingConfirmation } generation } || (only is not null && only != generation.Number))
            throw new MeshException(ErrorKind.Conflict, "No change waits for confirmation, so there is nothing to undo.", "rollback", "To go back further give the number of a confirmed generation from list_changes.");
        var cause = new MeshError(ErrorKind.Conflict, $"Undone by {caller.Name} before it was confirmed.");
        Report(report, generation, new ApplyEvent.RollingBack(cause));
        var undone = await UndoAsync(generation, cause);
        Report(report, generation, new ApplyEvent.Finished(undone.Status == GenerationStatus.RolledBack, undone, undone.Status == GenerationStatus.RolledBack ? null : undone.Error));
    }

    void RefuseWhileUnfinished()
    {
        if (Unfinished?.Generation is not { } generation) return;
        if (generation.Status == GenerationStatus.Applying || Overdue(generation.Number))
            throw new MeshException(ErrorKind.Conflict, $"Generation {generation.Number} is being undone. {_undoing?.Cause.Message}", "generation", "Try again in some seconds; list_changes shows when it is done.");
        throw new MeshException(ErrorKind.Conflict, $"Generation {generation.Number} by {generation.By} waits for confirmation, {Read(generation.Number).Confirmation?.SecondsLeft:0} s left.", "generation",
            $"Keep it with confirm_change generation {generation.Number} or undo it with rollback_change, then make your change again.");
    }

    bool Overdue(int number) =>
        store.Generations.Find(number) is { Generation: { Status: GenerationStatus.AwaitingConfirmation, Confirmation: { } confirmation }, Applied: { } applied }
        && !(store.Clock.Since(applied) < confirmation.Within);

    /// <summary>
    /// Undoes what must not stay: a change whose time is over, one that a crash left half done, one whose undoing failed before.
    /// Called again and again; does nothing when there is nothing of the kind.
    /// </summary>
    public async Task UndoOverdueAsync()
    {
        if (Unfinished is null) return;
        await _node.WaitAsync();
        try
        {
            if (Unfinished?.Generation is not { } generation) return;
            if (generation.Status == GenerationStatus.Applying)
                await UndoAsync(generation, _undoing?.Generation == generation.Number ? _undoing.Value.Cause : new(ErrorKind.Unavailable, "The host bridge was stopped while it applied this change."));
            else if (Overdue(generation.Number))
                await UndoAsync(generation, new(ErrorKind.Timeout, $"Nobody confirmed it within {generation.Confirmation!.Within} s."));
        }
        finally
        {
            _node.Release();
        }
    }

    /// <summary>Plans towards the snapshot and verifies. What cannot be undone now stays unfinished and is tried again for a minute after the daemons answer.</summary>
    async Task<Generation> UndoAsync(Generation generation, MeshError cause)
    {
        if (_undoing?.Generation != generation.Number) _undoing = (generation.Number, cause, time.GetTimestamp());
        // From here on it is no longer a change that waits: a crash in the middle goes on undoing.
        if (generation.Status == GenerationStatus.AwaitingConfirmation)
        {
            generation = generation with { Status = GenerationStatus.Applying };
            // Where it cannot be written down it is undone all the same: its time runs out anyhow.
            TryWrite(new(generation));
        }
        var left = await RestoreAsync(generation);
        if (left is null || (left.Kind != ErrorKind.Unavailable && time.GetElapsedTime(_undoing.Value.Since) > UndoFor))
        {
            var ended = generation with
            {
                Status = left is null ? GenerationStatus.RolledBack : GenerationStatus.Failed,
                EndedAt = time.GetUtcNow(),
                Error = left is null ? cause : cause with { Message = $"{cause.Message} Undoing it failed too: {left.Message}", Hint = left.Hint },
            };
            if (TryWrite(new(ended)) is { } unwritten) return ended with { Error = cause with { Message = $"{cause.Message} It is undone, but that cannot be written down: {unwritten.Message}" } };
            _undoing = null;
            events.Publish(left is null ? "rolledBack" : "failed", $"generation {ended.Number}: {ended.Error!.Message}", ended.Number);
            return ended;
        }
        return generation with { Error = cause with { Message = $"{cause.Message} Undoing it is not done yet and goes on by itself: {left.Message}" } };
    }

    async Task<MeshError?> RestoreAsync(Generation generation)
    {
        if (store.Generations.ReadSnapshot(generation.Number) is not { } before) return new(ErrorKind.Bug, $"The snapshot of generation {generation.Number} is missing or cannot be read; healing goes on towards the last generation that holds.");
        try
        {
            HashSet<string> touched = [.. generation.Steps.Select(s => s.System), .. before.Later], seen = [];
            for (var attempt = 1; ; attempt++)
            {
                var run = await planner.PlanAsync(before.State, ManagementPath.None, CancellationToken.None, [.. before.Systems, .. before.Later]);
                seen.UnionWith(run.Seen.Select(s => s.System));
                // Of what the change did not touch nothing is left; what came into sight with the change may go out of sight with it, once it was seen.
                var blind = run.Faults.FirstOrDefault(f => touched.Contains(f.System) && !(before.Later.Contains(f.System) && seen.Contains(f.System)));
                if (run.Steps.Count == 0 && blind is null) return null;
                if (attempt == VerifyAttempts)
                    return blind is null ? new(ErrorKind.VerificationFailed, $"still to do: {run.Steps[0].Shown.Summary}", run.Steps[0].Shown.Target)
                        : before.Later.Contains(blind.System) ? new(ErrorKind.VerificationFailed, $"{blind.System} cannot be seen, so what the change made there may be left: {blind.Error.Message}", blind.System, "Bring it back, then apply the state again and look at get_state observed.")
                        : blind.Error;
                if (await RunEachAsync(run.Steps, _ => { }) is [var fault, ..]) return fault;
                if (blind is not null) await Task.Delay(VerifyPause * attempt, time);
            }
        }
        catch (Exception e)
        {
            return ErrorOf(e);
        }
    }
}
