using System.Text.Json;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Engine;

/// <summary>A desired state that somebody asked for, validated, not yet stored.</summary>
/// <param name="AskedEdits">As they were asked for, also where one changes nothing.</param>
/// <param name="IsCurrent">Nothing of it is new: neither the state nor what it is made of.</param>
/// <param name="Document">What would be declared instead of now; null when that stays.</param>
/// <param name="Left">Sections whose drift stays as it is.</param>
/// <param name="Findings">What becomes of earlier edits.</param>
/// <param name="Store">Writes document and edits down for the generation with that number; returns the document's digest and the new head.</param>
sealed record Proposal(NodeState Desired, NodeState? Document, IReadOnlyList<Edit> AskedEdits, bool IsCurrent, IReadOnlySet<string> Left, IReadOnlyList<string> Edits, IReadOnlyList<Finding> Findings, int? ConfirmWithin, string? Why, Func<DateTimeOffset, string, int, (string Document, int Head)> Store)
{
    /// <summary>Also when it certainly cuts a way to the node.</summary>
    public bool Force { get; init; }

    /// <summary>What the node was told before to do now: nobody asks for it, and nobody is there to confirm it.</summary>
    public bool Promised { get; init; }

    /// <summary>Edits that count no more.</summary>
    public int Settled { get; init; }

    /// <summary>Otherwise only what the desired state is made of is new.</summary>
    public bool ChangesDesired { get; init; } = true;
}

public sealed partial class NodeEngine
{
    const int ShortestConfirm = 5, LongestConfirm = 3600;

    /// <summary>What a declared document would meet: its problems, and what would become of the edits on top of it.</summary>
    public StateCheck Check(JsonElement json)
    {
        try
        {
            var declared = StateReader.Read(json);
            var settling = Settle(declared, json);
            return new([.. planner.Problems(settling.State, declared), .. planner.NewProblems(Desired, settling.State)], [.. settling.Findings, .. planner.LeftOutBy(settling)]);
        }
        catch (MeshException e) when (e.Error.Problems is { } problems)
        {
            return new(problems, []);
        }
    }

    Proposal Propose(ChangeRequest request)
    {
        if (request.Declared is null && request.Edits.Count == 0)
            throw new MeshException(ErrorKind.InvalidArgument, "The request changes nothing: it has neither a declared document nor edits.", "declared", "Give one of them.");
        CheckConfirmWithin(request.ConfirmWithin);
        var (document, head) = Base();
        var (chain, current) = (store.Edits.Up(head), store.Desired.At(document, head));
        var declared = request.Declared is { } json ? StateReader.Read(json) : null;
        var settling = declared is null ? null : Settle(declared, request.Declared!.Value);
        var state = settling?.State ?? current;
        var (asked, edits) = (new List<Edit>(), new List<Edit>());
        var findings = new List<Finding>();
        var span = WhileOf(request);
        foreach (var edit in request.Edits)
        {
            var resolved = planner.Resolve(edit, state);
            asked.Add(resolved);
            if (span is { } given && LastsAnyhow(resolved, state, chain))
            {
                findings.Add(new("warning", resolved.Item, $"It is so for good already ({resolved.Describe()}), so it does not end after {request.For}. To have it for a while only, delete it first."));
                continue;
            }
            if (span is { } time) findings.Add(Until(resolved, time));
            if (state.ModeOf(resolved.Section) == DriftMode.Unmanaged)
                findings.Add(new("resumed", resolved.Section, $"Section {resolved.Section}, which the document leaves out, is looked after again with this edit: all of it, as it was said last."));
            state = resolved.Apply(state).Managing([resolved.Section]);
            edits.Add(resolved);
        }
        if (declared is null && chain.Suspended.Count > 0)
        {
            settling = Settling.Resume(store.Declared.Read(document), chain, edits, planner.Problems);
            state = settling.State;
        }
        if (settling is not null) findings.InsertRange(0, [.. settling.Findings, .. declared is null ? [] : planner.LeftOutBy(settling)]);
        planner.Validate(state, declared);
        planner.ValidateNew(current, state);
        // An edit that leaves the state as it is need not be remembered, unless it says for how long that is so.
        var prolongs = edits.Any(e => chain.Passing.Any(p => StateItems.Covers(e.Item, p.Edit!.Item)));
        if (declared is null && Same(state, current) && !prolongs) edits.Clear();
        var digest = declared is null ? document : DeclaredDocuments.DigestOf(declared);
        var settled = settling?.ToSettlement(chain);
        var isCurrent = Same(state, current) && digest == document && settled is null && !prolongs;
        return new(state, declared, [.. asked], isCurrent, planner.Left(state, current), [.. edits.Select(e => e.Describe())], findings, request.ConfirmWithin, request.Why, (at, by, generation) =>
            (declared is null ? document : store.Declared.Add(declared), store.Edits.Append(head, edits, at, by, request.Why, generation, settled, span is { } time ? store.Clock.After(time, at) : null)))
        {
            Force = request.Force,
            Settled = settling?.Settled ?? 0,
            ChangesDesired = prolongs || !Same(state, current),
        };
    }

    /// <param name="json">The document as it was written.</param>
    Settling Settle(NodeState declared, JsonElement json)
    {
        var (document, head) = Base();
        var chain = store.Edits.Up(head);
        return Settling.Of(declared, chain, planner.Problems, declaredFile.IsNamed ? null : StateItems.Said(json, declared),
            LeftOut.Of(declared, store.Declared.Read(document), chain.LeftOut), store.Desired.At(document, head));
    }

    Proposal ProposeEarlier(int number, RollbackRequest request)
    {
        CheckConfirmWithin(request.ConfirmWithin);
        var earlier = Kept(number);
        if (earlier.Status != GenerationStatus.Confirmed)
            throw new MeshException(ErrorKind.Conflict, $"Generation {number} never held (it is {earlier.Status}), so there is nothing to go back to.", "generation", "Choose a confirmed one from list_changes.");
        // What was there for a while is not there again when that is over.
        var (then, expired) = (store.Edits.Up(earlier.Head), store.Edits.Up(earlier.Head).Expire(e => SecondsLeft(e) <= 0));
        var state = expired is null ? store.DesiredAt(earlier) : DesiredStates.Fold(store.Declared.Read(earlier.Declared), then.With(expired));
        planner.Validate(state);
        var (document, head) = Base();
        var current = store.Desired.At(document, head);
        return new(state, earlier.Declared == document ? null : store.Declared.Read(earlier.Declared), [], (earlier.Declared, earlier.Head) == (document, head), planner.Left(state, current), [$"back to generation {number}"], [.. Settling.Reverting(store.Edits.Up(head), then)], request.ConfirmWithin, request.Why, (at, by, generation) =>
            (earlier.Declared, store.Edits.Append(earlier.Head, [], at, by, request.Why, generation, expired))) { Force = request.Force };
    }

    Generation Kept(int number) => store.Generations.Find(number)?.Generation
        ?? throw new MeshException(ErrorKind.NotFound, $"This node keeps no generation {number}.", "generation", "list_changes shows those there are.");

    (string Document, int Head) Base() => store.Generations.Confirmed is { } g ? (g.Declared, g.Head) : (DeclaredDocuments.Empty, 0);

    static bool Same(NodeState a, NodeState b) => ReferenceEquals(a, b)
        || JsonSerializer.SerializeToUtf8Bytes(a, MeshJson.Default.NodeState).AsSpan().SequenceEqual(JsonSerializer.SerializeToUtf8Bytes(b, MeshJson.Default.NodeState));

    static void CheckConfirmWithin(int? seconds)
    {
        if (seconds is < ShortestConfirm or > LongestConfirm)
            throw new MeshException(ErrorKind.InvalidArgument, $"confirmWithin is {seconds} s; {ShortestConfirm} to {LongestConfirm} are possible.", "confirmWithin", "Give a number of seconds in that range, or leave it out.");
    }
}
