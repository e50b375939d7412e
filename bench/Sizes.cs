namespace MeshMcp.Bench;

/// <summary>How much is measured.</summary>
/// <param name="Rounds">That count; one of <see cref="Quick"/>'s size goes before them to warm up.</param>
/// <param name="Flows">Single flows added in a round.</param>
/// <param name="Bulk">Flows applied at once.</param>
/// <param name="Load">How long one load of calls lasts.</param>
sealed record Sizes(int Rounds, int Flows, int Bulk, TimeSpan Load)
{
    public static readonly Sizes Full = new(5, 100, 10_000, TimeSpan.FromSeconds(2));
    public static readonly Sizes Quick = new(1, 3, 500, TimeSpan.FromSeconds(0.3));
}
