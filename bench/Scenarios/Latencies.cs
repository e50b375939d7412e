namespace MeshMcp.Bench.Scenarios;

/// <summary>How long the calls of a round took.</summary>
static class Latencies
{
    /// <summary>The median and the 99th percentile, by nearest rank.</summary>
    public static IReadOnlyList<Reading> Readings(IEnumerable<TimeSpan> took, string prefix = "")
    {
        double[] sorted = [.. took.Select(t => t.TotalMilliseconds).Order()];
        return [new($"{prefix}p50", At(0.5), "ms"), new($"{prefix}p99", At(0.99), "ms")];

        double At(double part) => sorted[Math.Max(0, (int)Math.Ceiling(part * sorted.Length) - 1)];
    }
}
