using System.Text.Json.Serialization;
using MeshMcp.Contracts.State;

namespace MeshMcp.Contracts.Edits;

/// <summary>
/// One typed change of the desired state. As stored it holds resolved values only (never "the lowest free address"),
/// so <see cref="Apply"/> is pure and total: the same edit on the same state always gives the same state, and the very same object where it changes nothing.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "edit")]
public abstract partial record Edit
{
    /// <summary>The section it changes.</summary>
    [JsonIgnore] public abstract string Section { get; }

    /// <summary>Path of the one item it is about (<c>lxc.containers[200]</c>): of all edits of an item, and of what is beneath it, only the last one counts.</summary>
    [JsonIgnore] public abstract string Item { get; }

    public abstract NodeState Apply(NodeState state);

    /// <summary>Why it has nothing to act on in <paramref name="state"/>; null when it has. What an edit takes away may be away already.</summary>
    public virtual string? Misfit(NodeState state) => null;

    /// <summary>Whether it can be made for a while, and be taken back by the node.</summary>
    [JsonIgnore] public virtual bool CanExpire => false;

    /// <summary>One line for plans and history.</summary>
    public abstract string Describe();
}
