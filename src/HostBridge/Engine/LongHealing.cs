namespace MeshMcp.HostBridge.Engine;

/// <summary>Work that takes long runs beside everything else but a change of the same system: one of them waits for the other.</summary>
sealed class LongHealing
{
    readonly Lock _gate = new();
    readonly Dictionary<string, TaskCompletionSource> _busy = [];
    IReadOnlySet<string> _claimed = new HashSet<string>();

    /// <summary>For a change: waits for what runs in its systems, and keeps healing from beginning more.</summary>
    public Task ClaimAsync(IReadOnlySet<string> systems)
    {
        lock (_gate)
        {
            _claimed = systems;
            return Task.WhenAll(_busy.Where(b => systems.Contains(b.Key)).Select(b => b.Value.Task));
        }
    }

    public void Free()
    {
        lock (_gate) _claimed = new HashSet<string>();
    }

    /// <summary>False where a change, or other work, is at that system.</summary>
    public bool Begin(string system)
    {
        lock (_gate) return !_claimed.Contains(system) && _busy.TryAdd(system, new(TaskCreationOptions.RunContinuationsAsynchronously));
    }

    public void End(string system)
    {
        lock (_gate)
            if (_busy.Remove(system, out var ended)) ended.SetResult();
    }
}
