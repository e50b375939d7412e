namespace MeshMcp.Server.Relay;

/// <summary>Cancels <see cref="Token"/> when nothing moved for a while; once the relay stops, a much shorter while.</summary>
sealed class IdleClock : IDisposable
{
    readonly CancellationTokenSource _end = new();
    readonly CancellationTokenRegistration _stopping;
    readonly CancellationToken _stop;
    readonly RelayLimits _limits;
    long _stoppedAt;

    public IdleClock(RelayLimits limits, CancellationToken stopping)
    {
        (_limits, _stop) = (limits, stopping);
        Moved();
        _stopping = stopping.Register(Moved);
    }

    public CancellationToken Token => _end.Token;

    /// <summary>Something moved: the time starts anew.</summary>
    public void Moved() => _end.CancelAfter(_stop.IsCancellationRequested ? UntilStop() : _limits.Idle);

    public void End() => _end.Cancel();

    TimeSpan UntilStop()
    {
        Interlocked.CompareExchange(ref _stoppedAt, Environment.TickCount64, 0);
        var left = _limits.Stop - TimeSpan.FromMilliseconds(Environment.TickCount64 - _stoppedAt);
        return left < TimeSpan.Zero ? TimeSpan.Zero : left < _limits.Quiet ? left : _limits.Quiet;
    }

    public void Dispose()
    {
        _stopping.Dispose();
        _end.Dispose();
    }
}
