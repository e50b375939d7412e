namespace MeshMcp.Bench.Scenarios;

/// <summary>One thing that several tools do.</summary>
sealed record Scenario(string What, IReadOnlyList<Contender> Contenders);

/// <summary>One tool doing it.</summary>
/// <param name="MeasureAsync">One round.</param>
sealed record Contender(string Tool, Func<Sizes, CancellationToken, Task<IReadOnlyList<Reading>>> MeasureAsync);

/// <summary>What one round gave.</summary>
/// <param name="Measure">What was read, in words; empty where the scenario says it.</param>
sealed record Reading(string Measure, double Value, string Unit);
