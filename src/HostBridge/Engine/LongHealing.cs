namespace MeshMcp.HostBridge.Engine;

/// <summary>Work of healing that takes long runs beside everything else but a change of the same system: one of them waits for the other.</summary>
sealed class LongHealing
{
    readonly Lock _gate = new();
    IReadOnlySet<string> _claimed = new HashSet<string>();
    string? _system;
    TaskCompletionSource _ended = new();

    /// <summary>For a change: waits for what runs in its systems, and keeps healing from beginning more.</summary>
    public Task ClaimAsync(IReadOnlySet<string> systems)
    {
        lock (_gate)
        {
            _claimed = systems;
            return _system is { } busy && systems.Contains(busy) ? _ended.Task : Task.CompletedTask;
        }
    }

    public void Free()
    {
        lock (_gate) _claimed = new HashSet<string>();
    }

    /// <summary>For healing; false where a change is at that system.</summary>
    public bool Begin(string system)
    {
        lock (_gate)
        {
            if (_system is not null || _claimed.Contains(system)) return false;
            (_system, _ended) = (system, new(TaskCreationOptions.RunContinuationsAsynchronously));
            return true;
        }
    }

    public void End()
    {
        lock (_gate)
        {
            _system = null;
            _ended.TrySetResult();
        }
    }
}
