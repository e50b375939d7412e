namespace MeshMcp.Server.Mcp;

/// <summary>
/// The open sessions, bounded: at the limit the longest unused one gives way, and when all are in use there is no new one. The package
/// (ModelContextProtocol.AspNetCore 2.4.0) bounds idle sessions only, for all callers together, so one caller could push out the others.
/// </summary>
sealed class Sessions(SessionLimits limits, TimeProvider time)
{
    readonly Lock _gate = new();
    readonly List<Session> _all = [];

    /// <summary>A place for a new session of <paramref name="owner"/>, in use; null when every session that could give way is in use.</summary>
    /// <param name="givesWay">The one to end first.</param>
    public Session? Open(string owner, out Session? givesWay)
    {
        lock (_gate)
        {
            givesWay = null;
            // The package ends them by itself.
            foreach (var over in _all.FindAll(s => s.Uses == 0 && time.GetElapsedTime(s.LastUsed) > limits.Idle)) Remove(over);
            List<Session> own = [.. _all.Where(s => s.Owner == owner)];
            if (own.Count >= limits.PerCaller || _all.Count >= limits.Total)
            {
                givesWay = (own.Count >= limits.PerCaller ? own : _all).Where(s => s.Uses == 0).MinBy(s => s.LastUsed);
                if (givesWay is null) return null;
                Remove(givesWay);
            }
            var opened = new Session(owner) { Uses = 1 };
            _all.Add(opened);
            return opened;
        }
    }

    public Session? Find(string id)
    {
        lock (_gate) return _all.Find(s => s.Id == id);
    }

    /// <summary>The session of that id, in use until <see cref="Leave"/>; null when there is none, or it is another caller's.</summary>
    public Session? Enter(string id, string caller)
    {
        lock (_gate)
        {
            if (_all.Find(s => s.Id == id && s.Owner == caller) is not { } session) return null;
            session.Uses++;
            return session;
        }
    }

    public void Leave(Session session)
    {
        lock (_gate)
        {
            session.Uses--;
            session.LastUsed = time.GetTimestamp();
        }
    }

    /// <summary>Ends what listens in it too.</summary>
    public void Remove(Session session)
    {
        lock (_gate)
            if (_all.Remove(session)) session.Dispose();
    }
}
