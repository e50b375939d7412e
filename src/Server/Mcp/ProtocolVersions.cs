namespace MeshMcp.Server.Mcp;

/// <summary>The revisions of MCP spoken here, all on one URL.</summary>
static class ProtocolVersions
{
    /// <summary>Every request stands alone: no session, no initialize, metadata with each request.</summary>
    public const string Stateless = "2026-07-28";

    /// <summary>The newest revision that begins with initialize and keeps a session.</summary>
    public const string NewestSession = "2025-11-25";

    public static readonly IReadOnlyList<string> Sessions = ["2024-11-05", "2025-03-26", "2025-06-18", NewestSession];

    public static bool IsKnown(string version) => version == Stateless || Sessions.Contains(version);
}
