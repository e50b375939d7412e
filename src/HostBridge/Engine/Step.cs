using MeshMcp.Contracts.Changes;

namespace MeshMcp.HostBridge.Engine;

/// <summary>One step of a plan: what is shown, and what runs.</summary>
/// <param name="Follows">Does what another system's step may have made necessary (its device appeared): also run when it is still to do after all steps.</param>
/// <param name="Teardown">Takes something away that other systems may stand on: such steps run first, in the reverse order of systems.</param>
public sealed record Step(PlannedStep Shown, Func<CancellationToken, Task> Run, bool Teardown = false, bool Follows = false)
{
    /// <summary>What it lays hands on; the guard tells by it whether a way to the node is touched or cut.</summary>
    public IReadOnlyList<Touch> Touches { get; init; } = [];

    /// <summary>As <see cref="Run"/>, for work that takes long: tells how far it is. Healing does such steps last.</summary>
    public Func<Action<string>, CancellationToken, Task>? Reporting { get; init; }
}
