using System.Text.Json;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Engine;

/// <summary>
/// A system implements two things: observing (what carries our mark, and what others hold) and a pure plan.
/// Applying, verifying (plan again: nothing left) and rolling back (plan towards what was observed before) are the engine's, for all systems alike.
/// </summary>
/// <typeparam name="TSection">The section, the same type for desired and observed.</typeparam>
/// <typeparam name="TObserved">Everything the plan must know of the host.</typeparam>
public abstract class HostSystem<TSection, TObserved> : ISystem
    where TSection : class
{
    public abstract string Name { get; }

    public virtual IReadOnlyList<string> Carries => [];

    /// <summary>What is odd of one item is that item's: observing fails only where the system as a whole cannot be asked.</summary>
    public abstract Task<TObserved> ObserveAsync(NodeState desired, CancellationToken ct);

    /// <summary>What of the observed is ours, as a section; null for nothing.</summary>
    public abstract TSection? Ours(TObserved observed);

    /// <summary>Pure: the same arguments always give the same steps. What cannot be put right now is a step too, with <see cref="Step.NotNow"/>.</summary>
    public abstract IReadOnlyList<Step> Plan(TSection? desired, TObserved observed);

    public virtual IEnumerable<Problem> Validate(NodeState desired) => [];

    public virtual IEnumerable<Problem> NewFaults(NodeState before, NodeState after) => [];

    public virtual IEnumerable<(string Path, string? Reference, SecretKind Kind)> Secrets(NodeState state) => [];

    public virtual void Keep(Edit edit)
    {
    }

    public virtual IEnumerable<(string Secret, string Name)> Revokes(Edit edit, NodeState before) => [];

    public virtual IEnumerable<Problem> RootsOf(NodeState before, NodeState after) => [];

    public virtual IEnumerable<Problem> AdminsOf(NodeState before, NodeState after) => [];

    public virtual Edit Resolve(Edit edit, NodeState state) => edit;

    public virtual NodeState? Released(NodeState desired) => new();

    /// <inheritdoc cref="SystemPlan.Later"/>
    public virtual IReadOnlyList<Step> Later(TSection? desired, TObserved observed) => [];

    public virtual IReadOnlyList<Finding> Findings(TSection? desired, TObserved observed) => [];

    /// <summary>Pure; see <see cref="AdoptAsync"/>.</summary>
    protected virtual IReadOnlyList<Edit> Adopt(NodeState desired, TObserved observed) =>
        throw new MeshException(ErrorKind.NotSupported, $"What is on the host cannot be adopted into section {Name}: no edits can say it.", Name, "Hold the document against get_state with view=observed, and change the document.");

    protected abstract TSection? Section(NodeState state);

    protected abstract NodeState With(NodeState state, TSection? section);

    /// <summary>All that is asked of this system, in one text; of more than its own section where it follows from others too.</summary>
    protected virtual string Asked(NodeState state) => JsonSerializer.SerializeToNode(With(new(), Section(state)), MeshJson.Default.NodeState)!.ToJsonString();

    public bool Manages(NodeState state) => Section(state.Managed()) is not null;

    public bool Leaves(NodeState state) => !Manages(state) && Section(state) is not null;

    public bool Differs(NodeState before, NodeState after) => !ReferenceEquals(before, after) && !Leaves(after) && (Leaves(before) || Asked(before) != Asked(after));

    public async Task<IReadOnlyList<Edit>> AdoptAsync(NodeState desired, CancellationToken ct) => Adopt(desired, await ObserveAsync(desired, ct));

    public async Task<SystemPlan> PlanAsync(NodeState desired, CancellationToken ct)
    {
        var observed = await ObserveAsync(desired, ct);
        var section = Section(desired);
        return new(state => With(state, Ours(observed)), Plan(section, observed), Findings(section, observed)) { Later = Later(section, observed) };
    }
}
