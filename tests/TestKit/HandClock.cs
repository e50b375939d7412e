namespace MeshMcp.TestKit;

/// <summary>Time that passes when a test says so, and rings its timers then.</summary>
public sealed class HandClock : TimeProvider
{
    /// <summary>It never moves: whoever has until then, however busy the machine is, is in time.</summary>
    public static TimeProvider Still { get; } = new HandClock();

    readonly Lock _gate = new();
    readonly List<Bell> _bells = [];
    long _passed;

    /// <summary>What the calendar says; setting it makes no time pass.</summary>
    public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _passed;

    public override DateTimeOffset GetUtcNow() => Now;

    public void Pass(TimeSpan time)
    {
        (_passed, Now) = (_passed + time.Ticks, Now + time);
        List<Bell> due;
        lock (_gate) due = [.. _bells.Where(b => b.Due <= _passed)];
        foreach (var bell in due) bell.Ring();
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var bell = new Bell(this, () => callback(state));
        bell.Change(dueTime, period);
        lock (_gate) _bells.Add(bell);
        return bell;
    }

    sealed class Bell(HandClock clock, Action ring) : ITimer
    {
        public long? Due { get; private set; }

        public void Ring()
        {
            Due = null;
            ring();
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Due = dueTime == Timeout.InfiniteTimeSpan ? null : clock._passed + dueTime.Ticks;
            return true;
        }

        public void Dispose()
        {
            lock (clock._gate) clock._bells.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
