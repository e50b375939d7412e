namespace MeshMcp.HostBridge.Engine;

/// <summary>Watchers raise it when something on the host changed, and say which systems that may concern; many raises before healing looks count as one.</summary>
public sealed class DriftSignal
{
    readonly Lock _gate = new();
    readonly HashSet<string> _systems = [];
    bool _all;
    TaskCompletionSource _raised = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Something happened that may concern any system.</summary>
    public void Raise()
    {
        lock (_gate)
        {
            _all = true;
            _raised.TrySetResult();
        }
    }

    public void Raise(params IEnumerable<string> systems)
    {
        lock (_gate)
        {
            _systems.UnionWith(systems);
            _raised.TrySetResult();
        }
    }

    /// <summary>To be looked at, but not before <see cref="Again"/>: a change is being made of it.</summary>
    public void Keep(IEnumerable<string> systems)
    {
        lock (_gate) _systems.UnionWith(systems);
    }

    /// <summary>What was kept is looked at now.</summary>
    public void Again()
    {
        lock (_gate)
            if (_all || _systems.Count > 0) _raised.TrySetResult();
    }

    /// <summary>These were looked at: what was raised of them before is settled.</summary>
    public void Settle(IEnumerable<string> systems)
    {
        lock (_gate) _systems.ExceptWith(systems);
    }

    /// <summary>Waits until raised or until <paramref name="atMost"/> is over; false in that case.</summary>
    public async Task<bool> WaitAsync(TimeSpan atMost, CancellationToken ct)
    {
        Task raised;
        lock (_gate) raised = _raised.Task;
        await Task.WhenAny(raised, Task.Delay(atMost, ct));
        ct.ThrowIfCancellationRequested();
        return raised.IsCompleted;
    }

    /// <summary>What was raised since the last time, and is not settled; null for all systems.</summary>
    public IReadOnlySet<string>? Take()
    {
        lock (_gate)
        {
            IReadOnlySet<string>? taken = _all ? null : _systems.ToHashSet();
            (_all, _raised) = (false, new(TaskCreationOptions.RunContinuationsAsynchronously));
            _systems.Clear();
            return taken;
        }
    }
}
