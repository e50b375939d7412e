namespace MeshMcp.Server.Mcp;

/// <summary>How many sessions of the older dialect are kept, and for how long without use.</summary>
public sealed record SessionLimits(int Total = 256, int PerCaller = 64)
{
    public TimeSpan Idle { get; init; } = TimeSpan.FromMinutes(30);
}
