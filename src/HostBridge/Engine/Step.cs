using MeshMcp.Contracts.Changes;

namespace MeshMcp.HostBridge.Engine;

/// <summary>One step of a plan: what is shown, and what runs.</summary>
/// <param name="Teardown">Takes something away that other systems may stand on: such steps run first, in the reverse order of systems.</param>
public sealed record Step(PlannedStep Shown, Func<CancellationToken, Task> Run, bool Teardown = false);
