namespace MeshMcp.Contracts.Changes;

/// <summary>What undoing a step takes.</summary>
public enum Effect { Reversible, Disruptive, Irreversible }

/// <summary>One step as shown before and while it runs.</summary>
/// <param name="System">The system that runs it (<c>bridge</c>, <c>openflow</c> …).</param>
/// <param name="Target">What it changes (<c>port veth200</c>).</param>
/// <param name="Details">What exactly, one line each; <c>+</c> added, <c>-</c> removed, <c>~</c> changed.</param>
/// <param name="TouchesManagement">The operator's own way to the node crosses what changes, so the change waits for a confirmation.</param>
public sealed record PlannedStep(string System, string Target, string Summary, Effect Effect = Effect.Reversible, bool TouchesManagement = false, IReadOnlyList<string>? Details = null);

/// <summary>Something worth knowing that needs no step.</summary>
/// <param name="Kind"><c>unmanaged</c>: no system looks after the section; <c>waiting</c>: an item lacks an ingredient; <c>warning</c>; <c>suspended</c>, <c>resumed</c>, <c>absorbed</c>, <c>kept</c>, <c>reverted</c>: edits under a declared document or a rollback; <c>drift</c>: a difference that is not put back; <c>contested</c>: somebody keeps undoing; <c>blocked</c>: an item that cannot be put right now, with the reason; <c>lost</c>: something that an undoing left behind.</param>
public sealed record Finding(string Kind, string Path, string Message);

/// <summary>The steps from what is observed to what is desired.</summary>
/// <param name="Digest">Names this very plan; give it to apply to run this plan and no other.</param>
public sealed record Plan(string Digest, IReadOnlyList<PlannedStep> Steps, IReadOnlyList<Finding> Findings);
