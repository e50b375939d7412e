using MeshMcp.Contracts.Changes;

namespace MeshMcp.Tools.Changes;

/// <summary>Changes in words.</summary>
static class Words
{
    const int MaxDetails = 20;

    public static string Of(bool value) => value ? "true" : "false";

    public static string Count(int count, string what) => $"{count} {what}{(count == 1 ? "" : "s")}";

    public static IEnumerable<string> Of(PlannedStep step) =>
        [$"- {step.System}: {step.Summary}{(step.Effect == Effect.Reversible ? "" : $" ({step.Effect.ToString().ToLowerInvariant()})")}", .. (step.Details ?? []).Select(d => $"  {d}")];

    /// <summary>Without the details that nobody would read.</summary>
    public static PlannedStep Short(PlannedStep step) => step.Details is { Count: > MaxDetails } all
        ? step with { Details = [.. all.Take(MaxDetails), $"… {MaxDetails} of {all.Count}"] }
        : step;
}
