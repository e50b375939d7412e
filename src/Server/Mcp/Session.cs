namespace MeshMcp.Server.Mcp;

/// <summary>What the door remembers of a session of the package: whose it is, how much it is used, and where its listening stream stands.</summary>
sealed class Session(string owner) : IDisposable
{
    readonly CancellationTokenSource _ended = new();

    /// <summary>The caller that opened it.</summary>
    public string Owner => owner;

    /// <summary>Null until initialize was answered.</summary>
    public string? Id { get; set; }

    /// <summary>Requests that use it now; guarded by the lock of <see cref="Sessions"/>, as is <see cref="LastUsed"/>.</summary>
    public int Uses { get; set; }

    public long LastUsed { get; set; }

    /// <summary>The GET that is open now.</summary>
    public CancellationTokenSource? Listener { get; set; }

    /// <summary>A GET was open before: the package opens a session's stream once, and afterwards only continues it.</summary>
    public bool HasListened { get; set; }

    /// <summary>The id of the last event said unasked; null in revisions whose streams cannot be continued.</summary>
    public string? LastEvent { get; set; }

    /// <summary>The last event when the listening stream ended: a client that opens it again without an id goes on from there.</summary>
    public string? Heard { get; set; }

    /// <summary>The session is over: its streams end.</summary>
    public CancellationToken Ended => _ended.Token;

    public void End() => _ended.Cancel();

    public void Dispose() => _ended.Dispose();
}
