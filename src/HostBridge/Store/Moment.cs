namespace MeshMcp.HostBridge.Store;

/// <summary>What is written down together: nothing of it counts, also for readers, before <see cref="Commit"/>, and all of it after.</summary>
public sealed class Moment(NodeStore store) : IDisposable
{
    bool _ended;

    /// <summary>Returns once all is on disk.</summary>
    public void Commit() => End(commit: true);

    /// <summary>What was not committed is forgotten.</summary>
    public void Dispose() => End(commit: false);

    void End(bool commit)
    {
        if (_ended) return;
        _ended = true;
        store.End(commit);
    }
}
