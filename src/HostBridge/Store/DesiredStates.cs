using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Store;

/// <summary>Desired state is the fold of a declared document and the edits up to a head.</summary>
public sealed class DesiredStates(DeclaredDocuments declared, EditLog edits)
{
    /// <summary>One reference: who reads while another writes gets a whole one.</summary>
    Folded? _last;

    public NodeState At(string document, int head)
    {
        if (_last is { } last && last.Declared == document && last.Head == head) return last.State;
        var chain = edits.Up(head);
        // Mostly one edit stands on what was asked for last: a long chain is not folded anew for each.
        var known = _last is { } earlier && earlier.Declared == document ? earlier : null;
        EditEntry[] since = known is null ? [] : [.. chain.Lines.Reverse().TakeWhile(l => l.Number != known.Head).Reverse()];
        var state = known is not null && since.Length < chain.Lines.Count && since.All(l => l.Edit is not null)
            ? Fold(known.State, since.Select(e => e.Edit!)).Managing([.. since.Select(e => e.Edit!.Section)])
            : Fold(declared.Read(document), chain);
        _last = new(document, head, state);
        return state;
    }

    /// <summary>With what the document leaves out.</summary>
    public static NodeState Fold(NodeState document, EditChain chain) => Fold(chain.LeftOut.Under(document), chain.Folded.Select(e => e.Edit!));

    public static NodeState Fold(NodeState document, IEnumerable<Edit> edits) => edits.Aggregate(document, (state, edit) => edit.Apply(state));

    sealed record Folded(string Declared, int Head, NodeState State);
}
