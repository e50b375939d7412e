namespace MeshMcp.Contracts.Nodes;

/// <summary>How long to wait before trying again: twice as long each time, up to a bound.</summary>
public sealed class Backoff(TimeSpan first, TimeSpan longest)
{
    TimeSpan _last;

    /// <summary>It has been tried since it was well.</summary>
    public bool HasTried => _last > TimeSpan.Zero;

    public TimeSpan Next() => _last = HasTried ? TimeSpan.FromTicks(Math.Min(_last.Ticks * 2, longest.Ticks)) : first;

    public void Reset() => _last = TimeSpan.Zero;
}
