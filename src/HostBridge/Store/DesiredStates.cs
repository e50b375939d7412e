using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Store;

/// <summary>Desired state is the fold of a declared document and the edits up to a head.</summary>
public sealed class DesiredStates(DeclaredDocuments declared, EditLog edits)
{
    (string Declared, int Head, NodeState State)? _last;

    public NodeState At(string document, int head)
    {
        if (_last is { } last && last.Declared == document && last.Head == head) return last.State;
        var state = Fold(declared.Read(document), edits.Up(head).Select(e => e.Edit));
        _last = (document, head, state);
        return state;
    }

    public static NodeState Fold(NodeState document, IEnumerable<Edit> edits) => edits.Aggregate(document, (state, edit) => edit.Apply(state));
}
