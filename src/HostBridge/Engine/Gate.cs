namespace MeshMcp.HostBridge.Engine;

/// <summary>
/// Who may touch the host. A change or an operation has the <see cref="Slot"/> for as long as it lasts, so that there is one at a time; whoever runs steps has
/// the <see cref="Steps"/> meanwhile, also healing and undoing. Healing gives way to both; undoing waits for nobody who does not give way.
/// </summary>
sealed class Gate : IDisposable
{
    /// <summary>An operation that hangs must not keep a node in a state that nobody confirmed.</summary>
    static readonly TimeSpan Politeness = TimeSpan.FromMilliseconds(500);
    /// <summary>Longer than steps take that do not hang.</summary>
    static readonly TimeSpan Stuck = TimeSpan.FromSeconds(2);

    readonly SemaphoreSlim _slot = new(1, 1), _steps = new(1, 1);
    CancellationTokenSource _healing = new();
    int _claims;

    /// <summary>Until disposed nobody else makes a change.</summary>
    public async Task<IDisposable> SlotAsync() => await EnterAsync(_slot);

    /// <summary>Until disposed nobody else runs steps; healing that does is stopped.</summary>
    /// <param name="passes">Whether to go on beside a step of healing that does not end; null: never.</param>
    public Task<HeldSteps> StepsAsync(Func<bool>? passes = null) => ClaimAsync(Stuck, passes ?? (() => false));

    /// <summary>As <see cref="StepsAsync"/>, and soon in any case.</summary>
    public Task<HeldSteps> StepsSoonAsync() => ClaimAsync(Politeness, () => true);

    /// <summary>For healing: with a token that ends when somebody else wants to run steps.</summary>
    public async Task<(IDisposable Held, CancellationToken Preempted)> HealingAsync()
    {
        var held = await EnterAsync(_steps);
        if (_healing.IsCancellationRequested && Volatile.Read(ref _claims) == 0) _healing = new();
        return (held, _healing.Token);
    }

    /// <summary>Waits until no change and no operation runs.</summary>
    public async Task IdleAsync()
    {
        using var slot = await SlotAsync();
        using var steps = await StepsAsync();
    }

    public void Dispose()
    {
        _slot.Dispose();
        _steps.Dispose();
        _healing.Dispose();
    }

    async Task<HeldSteps> ClaimAsync(TimeSpan within, Func<bool> passes)
    {
        Interlocked.Increment(ref _claims);
        await _healing.CancelAsync();
        while (!await _steps.WaitAsync(within))
            // Healing begins nothing as long as somebody who passed it by is at work.
            if (passes()) return new(this, () => Interlocked.Decrement(ref _claims), passes);
        Interlocked.Decrement(ref _claims);
        return new(this, () => _steps.Release(), passes);
    }

    static async Task<IDisposable> EnterAsync(SemaphoreSlim semaphore)
    {
        await semaphore.WaitAsync();
        return new Leaving(semaphore);
    }

    sealed class Leaving(SemaphoreSlim? semaphore) : IDisposable
    {
        SemaphoreSlim? _held = semaphore;

        public void Dispose() => Interlocked.Exchange(ref _held, null)?.Release();
    }
}

/// <summary>The right to run steps, until disposed.</summary>
/// <param name="leave">Gives it back.</param>
sealed class HeldSteps(Gate gate, Action leave, Func<bool> passes) : IDisposable
{
    Action? _leave = leave;

    /// <summary>Lets others run steps while something goes on that takes long.</summary>
    public async Task AsideAsync(Func<Task> work)
    {
        Dispose();
        try
        {
            await work();
        }
        finally
        {
            _leave = (await gate.StepsAsync(passes))._leave;
        }
    }

    public void Dispose() => Interlocked.Exchange(ref _leave, null)?.Invoke();
}
