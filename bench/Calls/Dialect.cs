namespace MeshMcp.Bench.Calls;

/// <summary>A revision of MCP, with or without sessions.</summary>
sealed record Dialect(string Version, bool HasSessions)
{
    public static readonly Dialect Session = new("2025-11-25", true), Stateless = new("2026-07-28", false);

    public static readonly IReadOnlyList<Dialect> All = [Session, Stateless];
}
