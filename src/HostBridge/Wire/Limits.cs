namespace MeshMcp.HostBridge.Wire;

/// <summary>What one caller may ask at most.</summary>
public static class Limits
{
    /// <summary>Ten thousand flows are about one megabyte.</summary>
    public const long MaxRequestBytes = 8 * 1024 * 1024;
    public const long MaxReadBytes = 8 * MaxRequestBytes;
    /// <summary>At once: of one local user or one certificate; of all that come by the relay; of all but root; and of root, whose places nobody else can take.</summary>
    public const int ConnectionsOfOne = 96, ConnectionsOfRelay = 192, ConnectionsOfOthers = 256, ConnectionsOfRoot = 256;
    /// <summary>At once, of those that were turned away and may still say what they were saying; others are closed at once.</summary>
    public const int ConnectionsLeaving = 32;
    /// <summary>Answers that go on and on, at once: of one caller, as far as it says who it is, and of all behind one certificate or user.</summary>
    public const int StreamsOfCaller = 8, StreamsOfOne = 32;
    public const int MaxListed = 1000;
}
