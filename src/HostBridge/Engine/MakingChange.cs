using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.HostBridge.Engine;

/// <summary>A change whose steps run; somebody else may stop it between two of them.</summary>
sealed class MakingChange(int number)
{
    public int Number => number;

    readonly Lock _gate = new();
    string? _by;
    bool _closed;

    /// <summary>A step of it lies on the way in.</summary>
    public bool Touches { get; set; }

    /// <summary>How it ended when it was undone.</summary>
    public Generation? Ended { get; set; }

    /// <summary>False when it is too late: all steps are done.</summary>
    public bool Stop(string by)
    {
        lock (_gate)
        {
            if (_closed) return false;
            _by ??= by;
            return true;
        }
    }

    /// <exception cref="MeshException">Conflict: somebody stopped it.</exception>
    public void Check() => Check(closes: false);

    /// <summary>From here on it can only be rolled back.</summary>
    /// <inheritdoc cref="Check()"/>
    public void Close() => Check(closes: true);

    void Check(bool closes)
    {
        lock (_gate)
        {
            if (_by is { } by) throw new MeshException(ErrorKind.Conflict, $"Stopped by {by} before it was complete.", "change", "Make the change again if it is still wanted.");
            _closed |= closes;
        }
    }
}
