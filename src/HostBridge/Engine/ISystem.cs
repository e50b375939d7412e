using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Engine;

/// <summary>What the engine needs of a system: the part of the host that one section of the state describes.</summary>
public interface ISystem
{
    /// <summary>In <see cref="Carries"/>: every other system.</summary>
    const string Every = "*";

    /// <summary>The section's name.</summary>
    string Name { get; }

    /// <summary>Systems that stand on this one: its steps can give them something to do (a container's new device must become a port again), or bring what they wait for.</summary>
    IReadOnlyList<string> Carries { get; }

    bool Manages(NodeState state);

    /// <summary>Whether the state has something for this system that nobody is to look after, and nothing else of it stands on that.</summary>
    bool Leaves(NodeState state);

    /// <summary>Whether a change asks something else of this system, also where other sections say it.</summary>
    bool Differs(NodeState before, NodeState after);

    /// <summary>Every fault of the section that can be told without observing the host.</summary>
    IEnumerable<Problem> Validate(NodeState desired);

    /// <summary>Faults of what a change newly gives, which are none of what was there before: rules that are stricter than the states they came upon.</summary>
    IEnumerable<Problem> NewFaults(NodeState before, NodeState after);

    /// <summary>Every secret that the section names, where, and what it is for.</summary>
    IEnumerable<(string Path, string? Reference, SecretKind Kind)> Secrets(NodeState state);

    /// <summary>Stores what an edit that was accepted needs besides the state. Asked about an edit only, a system stores nothing.</summary>
    void Keep(Edit edit);

    /// <summary>Keys and ids that an edit takes back for good, each with the name of whose it is.</summary>
    IEnumerable<(string Secret, string Name)> Revokes(Edit edit, NodeState before);

    /// <summary>What of a change, whoever asks and however, is root's on the node alone.</summary>
    IEnumerable<Problem> RootsOf(NodeState before, NodeState after);

    /// <summary>What of it needs scope admin.</summary>
    IEnumerable<Problem> AdminsOf(NodeState before, NodeState after);

    /// <summary>Replaces what an edit leaves to the node by the values that hold now.</summary>
    /// <exception cref="MeshException">The edit names nothing, or more than one thing.</exception>
    Edit Resolve(Edit edit, NodeState state);

    /// <summary>What is left of <paramref name="desired"/> for this system when the agent goes for good; null when what it made lasts without one.</summary>
    NodeState? Released(NodeState desired);

    /// <summary>Edits that make of the desired section what is ours on the host now.</summary>
    /// <exception cref="MeshException">NotSupported: no edits can say it.</exception>
    Task<IReadOnlyList<Edit>> AdoptAsync(NodeState desired, CancellationToken ct);

    /// <summary>Observes the host and plans towards <paramref name="desired"/>; where that lacks the section, towards "nothing of ours".</summary>
    Task<SystemPlan> PlanAsync(NodeState desired, CancellationToken ct);
}

/// <summary>A system's share of a plan.</summary>
/// <param name="WithObserved">Puts what was observed of ours into a state.</param>
public sealed record SystemPlan(Func<NodeState, NodeState> WithObserved, IReadOnlyList<Step> Steps, IReadOnlyList<Finding> Findings)
{
    /// <summary>What waits for something outside and is done by itself once that is there, when nobody asks the guard any more: so it is asked now.</summary>
    public IReadOnlyList<Step> Later { get; init; } = [];
}
