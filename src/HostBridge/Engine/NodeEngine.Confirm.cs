using System.Threading.Channels;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Engine;

public sealed partial class NodeEngine
{
    /// <summary>Whoever takes a generation out of waiting, by confirming or by beginning to undo it, does so in here, and finds it waiting still: one of them comes first.</summary>
    readonly Lock _turn = new();

    /// <summary>Of a request that arrives now.</summary>
    public BootInstant Now => store.Clock.Now;

    /// <summary>A generation with the seconds left filled in.</summary>
    public Generation Read(int number)
    {
        var stored = store.Generations.Find(number) ?? throw new MeshException(ErrorKind.NotFound, $"This node keeps no generation {number}.", "generation", "list_changes shows those there are.");
        if (stored is not { Generation: { Status: GenerationStatus.AwaitingConfirmation, Confirmation: { } confirmation } generation, Applied: { } applied }) return stored.Generation;
        var since = store.Clock.Since(applied);
        return generation with { Confirmation = confirmation with { SecondsSince = since, SecondsLeft = Math.Max(0, confirmation.Within - (since ?? confirmation.Within)) } };
    }

    /// <summary>
    /// Keeps a change that waits; waits for nothing itself. Only its maker may, or an admin who says that it is another's. Over a relay only a connection newer
    /// than the change counts: it proves that the way in still works.
    /// </summary>
    /// <param name="arrived">When the request came in: that counts, not when it was read.</param>
    public Generation Confirm(int number, ConfirmRequest request, Caller caller, BootInstant? arrived = null)
    {
        lock (_turn)
        {
            var generation = Read(number);
            if (generation.Status == GenerationStatus.Confirmed) return generation;
            if (generation.Status != GenerationStatus.AwaitingConfirmation || generation.Confirmation is not { } confirmation)
                throw new MeshException(ErrorKind.Conflict, $"Generation {number} cannot be confirmed: it is {generation.Status}. {generation.Error?.Message}", "generation", "Make the change again if it is still wanted.");
            if (Overdue(number, arrived)) throw new MeshException(ErrorKind.Conflict, $"The {confirmation.Within} s for generation {number} are over; it is being undone.", "generation", "Make the change again and confirm it in time.");
            RequireMaker(generation, caller, request.OfAnother);
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

    /// <summary>Who made a change knows what it was to do, and stands on the path that it changed.</summary>
    static void RequireMaker(Generation generation, Caller caller, bool ofAnother)
    {
        if (generation.By == caller.Name || (ofAnother && caller.Scope >= Scope.Admin)) return;
        throw new MeshException(ErrorKind.PermissionDenied, $"Generation {generation.Number} was made by {generation.By}; {caller.Name} may not confirm it.", "generation",
            caller.Scope >= Scope.Admin ? $"An admin who looked at it may, on the node: meshctl confirm {generation.Number} --of-another" : $"Ask its maker to confirm it, or an admin, on the node: meshctl confirm {generation.Number} --of-another");
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
                $"Close this connection and call confirm_change {number} on a new one.");
    }

    /// <summary>What a delegate who is limited to some systems must be allowed to change for it: nothing where the change is his own.</summary>
    /// <returns>Sections; null when it can be anything.</returns>
    public IReadOnlyList<string>? SectionsToEnd(int? number, Caller caller)
    {
        var generation = number is { } given ? store.Generations.Find(given)?.Generation : Unfinished?.Generation;
        return generation is null ? null : generation.By == caller.Name ? [] : generation.Systems is { Count: > 0 } systems ? systems : null;
    }

    /// <summary>Whoever undoes another's change must name it: it may be another one than he thinks.</summary>
    bool MayEnd(int number, int? only, Caller caller) =>
        only == number || caller.Scope >= Scope.Admin || store.Generations.Find(number)?.Generation is not { } generation || generation.By == caller.Name
            ? true
            : throw new MeshException(ErrorKind.PermissionDenied, $"Generation {number} was made by {generation.By}.", "only", $"To undo another's change name it: only {number}.");

    void RefuseWhileUnfinished()
    {
        if (Unfinished?.Generation is not { } generation) return;
        if (generation.Status == GenerationStatus.Applying || Overdue(generation.Number))
            throw new MeshException(ErrorKind.Conflict, $"Generation {generation.Number} is being undone. {_undoing?.Cause.Message}", "generation", "Try again in some seconds; list_changes shows when it is done.");
        throw new MeshException(ErrorKind.Conflict, $"Generation {generation.Number} by {generation.By} waits for confirmation, {Read(generation.Number).Confirmation?.SecondsLeft:0} s left.", "generation",
            $"Keep it with confirm_change {generation.Number} or undo it with rollback_change, then make your change again.");
    }

    /// <param name="at">Null: now.</param>
    bool Overdue(int number, BootInstant? at = null) =>
        store.Generations.Find(number) is { Generation: { Status: GenerationStatus.AwaitingConfirmation, Confirmation: { } confirmation }, Applied: { } applied }
        && !(store.Clock.Since(applied, at) < confirmation.Within);
}
