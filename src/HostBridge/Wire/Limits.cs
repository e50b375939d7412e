namespace MeshMcp.HostBridge.Wire;

/// <summary>What one caller may ask at most.</summary>
public static class Limits
{
    /// <summary>Ten thousand flows are about one megabyte.</summary>
    public const long MaxRequestBytes = 8 * 1024 * 1024;
    public const long MaxReadBytes = 8 * MaxRequestBytes;
    public const int MaxConnections = 256;
    public const int MaxListed = 1000;
}
