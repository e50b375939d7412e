using System.Text.Json;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Engine;

/// <summary>A desired state that somebody asked for, validated, not yet stored.</summary>
/// <param name="IsCurrent">It equals what is desired already.</param>
/// <param name="Store">Writes document and edits down; returns the document's digest and the new head.</param>
sealed record Proposal(NodeState Desired, bool IsCurrent, IReadOnlyList<string> Edits, int? ConfirmWithin, string? Why, Func<DateTimeOffset, string, (string Document, int Head)> Store);

public sealed partial class NodeEngine
{
    const int MinConfirmWithin = 5, MaxConfirmWithin = 3600;

    Proposal Propose(ChangeRequest request)
    {
        if (request.Declared is null && request.Edits.Count == 0)
            throw new MeshException(ErrorKind.InvalidArgument, "The request changes nothing: it has neither a declared document nor edits.", "declared", "Give one of them.");
        CheckConfirmWithin(request.ConfirmWithin);
        var (document, head) = Base();
        var current = store.Desired.At(document, head);
        var declared = request.Declared is { } json ? StateReader.Read(json) : null;
        var state = declared is null ? current : DesiredStates.Fold(declared, store.Edits.Up(head).Select(e => e.Edit));
        var edits = new List<Edit>();
        foreach (var edit in request.Edits)
        {
            var resolved = planner.Resolve(edit, state);
            state = resolved.Apply(state);
            edits.Add(resolved);
        }
        planner.Validate(state);
        // An edit that leaves the state as it is need not be remembered.
        if (declared is null && Same(state, current)) edits.Clear();
        return new(state, Same(state, current), [.. edits.Select(e => e.Describe())], request.ConfirmWithin, request.Why, (at, by) =>
            (declared is null ? document : store.Declared.Add(declared), store.Edits.Append(head, edits, at, by, request.Why)));
    }

    Proposal ProposeEarlier(int number, RollbackRequest request)
    {
        CheckConfirmWithin(request.ConfirmWithin);
        if (store.Generations.Find(number)?.Generation is not { } earlier)
            throw new MeshException(ErrorKind.NotFound, $"This node keeps no generation {number}.", "generation", "list_changes shows those there are.");
        if (earlier.Status != GenerationStatus.Confirmed)
            throw new MeshException(ErrorKind.Conflict, $"Generation {number} never held (it is {earlier.Status}), so there is nothing to go back to.", "generation", "Choose a confirmed one from list_changes.");
        var state = store.DesiredAt(earlier);
        planner.Validate(state);
        var (document, head) = Base();
        return new(state, Same(state, store.Desired.At(document, head)), [$"back to generation {number}"], request.ConfirmWithin, request.Why, (_, _) => (earlier.Declared, earlier.Head));
    }

    (string Document, int Head) Base() => store.Generations.Confirmed is { } g ? (g.Declared, g.Head) : (DeclaredDocuments.Empty, 0);

    static bool Same(NodeState a, NodeState b) => ReferenceEquals(a, b)
        || JsonSerializer.SerializeToUtf8Bytes(a, MeshJson.Default.NodeState).AsSpan().SequenceEqual(JsonSerializer.SerializeToUtf8Bytes(b, MeshJson.Default.NodeState));

    static void CheckConfirmWithin(int? seconds)
    {
        if (seconds is < MinConfirmWithin or > MaxConfirmWithin)
            throw new MeshException(ErrorKind.InvalidArgument, $"confirmWithin is {seconds} s; {MinConfirmWithin} to {MaxConfirmWithin} are possible.", "confirmWithin", "Give a number of seconds in that range, or leave it out.");
    }
}
