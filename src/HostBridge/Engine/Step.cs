using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.HostBridge.Engine;

/// <summary>One step of a plan: what is shown, and what runs.</summary>
/// <param name="Teardown">Takes something away that other systems may stand on: such steps run first, in the reverse order of systems.</param>
public sealed record Step(PlannedStep Shown, Func<CancellationToken, Task> Run, bool Teardown = false)
{
    /// <summary>What it lays hands on; the guard tells by it whether a way to the node is touched or cut.</summary>
    public IReadOnlyList<Touch> Touches { get; init; } = [];

    /// <summary>As <see cref="Run"/>, for work that takes long: tells how far it is, and can be stopped.</summary>
    public Func<Action<string>, CancellationToken, Task>? Reporting { get; init; }

    /// <summary>What it is about beyond what is shown: a digest of what it writes, or which of several of one name it takes away. A plan with another one is another plan.</summary>
    public string? Binds { get; init; }

    /// <summary>Path of the one item of the state that it is about (<c>lxc.containers[110]</c>); null when it is about its whole system.</summary>
    public string? Item { get; init; }

    /// <summary>Why it cannot be done now; such a step is told and never run.</summary>
    public MeshError? NotNow { get; init; }

    /// <summary>The same step of another plan.</summary>
    public (string, string, string) Key => (Shown.System, Shown.Target, Shown.Summary);

    /// <summary>What of the host it is about.</summary>
    public (string, string) Matter => (Shown.System, Shown.Target);

    /// <summary>What will be done to an item by itself once that can be; see <see cref="SystemPlan.Later"/>.</summary>
    public static Step Waiting(string system, string item, string summary, Touch touch) => new(new(system, item, summary), _ => throw new InvalidOperationException($"{summary} waits.")) { Item = item, Touches = [touch] };

    /// <summary>What of an item cannot be put right now, and why.</summary>
    /// <param name="item">As <see cref="Item"/>.</param>
    public static Step Blocked(string system, string item, MeshException why) =>
        new(new(system, item, why.Message), _ => throw why) { Item = item, NotNow = why.Error };
}
