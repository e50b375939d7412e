using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.HostBridge.Engine;

/// <summary>A change whose steps run; somebody else may stop it between two of them, and in the middle of one that takes long.</summary>
/// <param name="systems">What it is about; healing leaves that alone meanwhile.</param>
sealed class MakingChange(int number, IReadOnlySet<string> systems) : IDisposable
{
    readonly Lock _gate = new();
    readonly CancellationTokenSource _stopped = new();
    bool _closed;

    public int Number => number;

    public IReadOnlySet<string> Systems => systems;

    /// <summary>Why no further step runs; null while nobody stopped it.</summary>
    public MeshException? Stop { get; private set; }

    /// <summary>Ends when somebody stops it.</summary>
    public CancellationToken Stopped => _stopped.Token;

    /// <summary>A step of it lies on the way in.</summary>
    public bool Touches { get; set; }

    /// <summary>How it ended when it was undone.</summary>
    public Generation? Ended { get; set; }

    /// <summary>False when it is too late: all steps are done.</summary>
    public bool StopBy(string name)
    {
        lock (_gate)
        {
            if (_closed) return false;
            Stop ??= new(ErrorKind.Conflict, $"Stopped by {name} before it was complete.", "change", "Make the change again if it is still wanted.");
        }
        _stopped.Cancel();
        return true;
    }

    /// <exception cref="MeshException">Conflict: somebody stopped it.</exception>
    public void Check() => Check(closes: false);

    /// <summary>From here on it can only be rolled back.</summary>
    /// <inheritdoc cref="Check()"/>
    public void Close() => Check(closes: true);

    public void Dispose() => _stopped.Dispose();

    void Check(bool closes)
    {
        lock (_gate)
        {
            if (Stop is { } stop) throw stop;
            _closed |= closes;
        }
    }
}
