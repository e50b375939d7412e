namespace MeshMcp.Contracts.Logs;

/// <summary>Refusals that were counted instead of told.</summary>
/// <param name="Action">What was refused last.</param>
/// <param name="Words">Why.</param>
public sealed record FoldedRefusals<TCaller>(TCaller Caller, int Count, DateTimeOffset Since, string Action, string Words);

/// <summary>The first refusal of each kind is told at once, what a caller goes on with is counted and told once a minute: so nobody fills a log, or pushes out of it what others did.</summary>
/// <param name="others">Stands for whoever comes when too many callers are counted already.</param>
public sealed class RefusalFold<TCaller>(TimeProvider time, TCaller others)
    where TCaller : notnull
{
    public static readonly TimeSpan Every = TimeSpan.FromMinutes(1);
    const int MostKinds = 10, MostCallers = 64;

    sealed class Count(DateTimeOffset since)
    {
        public readonly HashSet<(string, string)> Told = [];
        public DateTimeOffset Since = since;
        public int More;
        public (string Action, string Words) Last;
    }

    readonly Lock _gate = new();
    readonly Dictionary<TCaller, Count> _callers = [];

    /// <summary>True when it is to be told now; else it is counted.</summary>
    /// <param name="kind">With the action, what counts as the same again.</param>
    /// <param name="count">More than one where another has counted already.</param>
    public bool Admit(TCaller caller, string action, string kind, string words, int count = 1)
    {
        lock (_gate)
        {
            Forget();
            if (!_callers.ContainsKey(caller) && _callers.Count >= MostCallers) caller = others;
            if (!_callers.TryGetValue(caller, out var known)) _callers[caller] = known = new(time.GetUtcNow());
            if (count == 1 && known.Told.Count < MostKinds && known.Told.Add((action, kind))) return true;
            known.More += count;
            known.Last = (action, words);
            return false;
        }
    }

    /// <summary>What was counted of callers whose minute is over.</summary>
    /// <param name="all">Of all callers.</param>
    public IReadOnlyList<FoldedRefusals<TCaller>> Due(bool all = false)
    {
        lock (_gate)
        {
            var (now, due) = (time.GetUtcNow(), new List<FoldedRefusals<TCaller>>());
            foreach (var (caller, count) in _callers)
                if (count.More > 0 && (all || now - count.Since >= Every))
                {
                    due.Add(new(caller, count.More, count.Since, count.Last.Action, count.Last.Words));
                    (count.Since, count.More) = (now, 0);
                }
            return due;
        }
    }

    /// <summary>Who was quiet for a minute begins anew.</summary>
    void Forget()
    {
        var now = time.GetUtcNow();
        foreach (var (caller, _) in _callers.Where(c => c.Value.More == 0 && now - c.Value.Since >= Every).ToList()) _callers.Remove(caller);
    }
}
