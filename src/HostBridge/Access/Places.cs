namespace MeshMcp.HostBridge.Access;

/// <summary>Who has how many of something there is not enough of for everybody.</summary>
public sealed class Places
{
    readonly Lock _gate = new();
    readonly Dictionary<string, int> _taken = [];

    /// <summary>Takes one for each of <paramref name="of"/> until disposed; null, and none taken, where one of them has as many as it may.</summary>
    public IDisposable? TryTake(params IReadOnlyList<(string Whose, int Most)> of)
    {
        lock (_gate)
        {
            if (of.Any(o => _taken.GetValueOrDefault(o.Whose) >= o.Most)) return null;
            foreach (var (whose, _) in of) _taken[whose] = _taken.GetValueOrDefault(whose) + 1;
        }
        return new Taken(this, of);
    }

    void Leave(IReadOnlyList<(string Whose, int Most)> of)
    {
        lock (_gate)
            foreach (var (whose, _) in of)
                if (--_taken[whose] == 0) _taken.Remove(whose);
    }

    sealed class Taken(Places places, IReadOnlyList<(string Whose, int Most)> of) : IDisposable
    {
        Places? _places = places;

        public void Dispose() => Interlocked.Exchange(ref _places, null)?.Leave(of);
    }
}
