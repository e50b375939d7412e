namespace MeshMcp.Bench.Reporting;

/// <summary>One measure of one tool.</summary>
/// <param name="Values">One of each round, in order.</param>
sealed record Row(string What, string Tool, string Unit, IReadOnlyList<double> Values)
{
    readonly double[] sorted = [.. Values.Order()];

    public double Median => (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;

    public double Least => sorted[0];

    public double Most => sorted[^1];
}
