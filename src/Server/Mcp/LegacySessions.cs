using System.Security.Cryptography;

namespace MeshMcp.Server.Mcp;

/// <summary>
/// The open sessions, bounded: at the limit the longest unused one gives way, and when all are in use there is no new one.
/// Every step from open to closed happens under one lock, so a session in use is never swept.
/// </summary>
sealed class LegacySessions(Dialects dialects, SessionLimits limits, TimeProvider time, IServiceProvider services, ILoggerFactory logs) : BackgroundService
{
    readonly Lock _gate = new();
    readonly Dictionary<string, LegacySession> _sessions = [];

    /// <summary>Holds a session open for one request.</summary>
    public sealed class Lease(LegacySessions store, LegacySession session) : IDisposable
    {
        public LegacySession Session => session;

        public void Dispose()
        {
            lock (store._gate)
            {
                session.Leases--;
                session.LastUsed = store.Now;
            }
        }
    }

    long Now => time.GetTimestamp();

    public int Count
    {
        get { lock (_gate) return _sessions.Count; }
    }

    /// <summary>A new session of <paramref name="owner"/>; null when every session that could give way is in use.</summary>
    public async Task<Lease?> OpenAsync(string owner)
    {
        LegacySession? given = null;
        Lease opened;
        lock (_gate)
        {
            IEnumerable<LegacySession> own = _sessions.Values.Where(s => s.Owner == owner);
            if (own.Count() >= limits.PerCaller) given = Idlest(own);
            else if (_sessions.Count >= limits.Total) given = Idlest(_sessions.Values);
            if (given is not null) _sessions.Remove(given.Id);
            else if (_sessions.Count >= limits.Total || own.Count() >= limits.PerCaller) return null;

            var session = new LegacySession(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)), owner, dialects.Session, services, logs);
            _sessions.Add(session.Id, session);
            opened = Take(session);
        }
        if (given is not null) await given.DisposeAsync();
        return opened;
    }

    public Lease? Find(string id)
    {
        lock (_gate) return _sessions.TryGetValue(id, out var session) ? Take(session) : null;
    }

    /// <summary>Also ends the requests that use it.</summary>
    public async Task CloseAsync(LegacySession session)
    {
        bool removed;
        lock (_gate) removed = _sessions.Remove(session.Id);
        if (removed) await session.DisposeAsync();
    }

    Lease Take(LegacySession session)
    {
        session.Leases++;
        session.LastUsed = Now;
        return new(this, session);
    }

    static LegacySession? Idlest(IEnumerable<LegacySession> sessions) => sessions.Where(s => s.Leases == 0).MinBy(s => s.LastUsed);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(limits.Idle / 10, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await SweepAsync();
        }
        catch (OperationCanceledException)
        {
        }
    }

    async Task SweepAsync()
    {
        List<LegacySession> idle;
        lock (_gate)
        {
            idle = [.. _sessions.Values.Where(s => s.Leases == 0 && time.GetElapsedTime(s.LastUsed) > limits.Idle)];
            foreach (var session in idle) _sessions.Remove(session.Id);
        }
        foreach (var session in idle) await session.DisposeAsync();
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        List<LegacySession> all;
        lock (_gate)
        {
            all = [.. _sessions.Values];
            _sessions.Clear();
        }
        foreach (var session in all) await session.DisposeAsync();
    }
}
