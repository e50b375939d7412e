using MeshMcp.HostBridge.DBus;

namespace MeshMcp.HostBridge.Systems.Packagekit;

/// <summary>
/// What PackageKit said of packages, while it still holds: asking takes a tenth of a second and wakes its daemon, and healing of the network asks often.
/// A trouble is remembered shortly, so that a hung PackageKit does not hold the node up each time.
/// </summary>
public sealed class PackageMemory(PackageTransactions transactions, TimeProvider time)
{
    static readonly TimeSpan Holds = TimeSpan.FromMinutes(10), TroubleHolds = TimeSpan.FromSeconds(15), FailureHolds = TimeSpan.FromMinutes(5);

    /// <summary>What package programs write at each change.</summary>
    static readonly string[] Databases = ["/var/lib/dpkg/status", "/var/lib/rpm/rpmdb.sqlite", "/usr/lib/sysimage/rpm/rpmdb.sqlite", "/var/lib/pacman/local"];

    readonly Dictionary<string, (string Why, long At)> _failed = [];
    (string Key, long At, string? Trouble, IReadOnlyDictionary<string, SeenPackage> Packages)? _last;

    public async Task<(string? Trouble, IReadOnlyDictionary<string, SeenPackage> Packages)> ReadAsync(IReadOnlyCollection<string> names, CancellationToken ct)
    {
        if (names.Count == 0) return (null, new Dictionary<string, SeenPackage>());
        var key = string.Join(' ', [.. names.Order(StringComparer.Ordinal), .. Databases.Select(d => $"{File.GetLastWriteTimeUtc(d).Ticks}")]);
        if (_last is { } last && last.Key == key && time.GetElapsedTime(last.At) < (last.Trouble is null ? Holds : TroubleHolds)) return (last.Trouble, last.Packages);
        var now = await AskAsync(names, ct);
        _last = (key, time.GetTimestamp(), now.Trouble, now.Packages);
        return now;
    }

    public void Forget() => _last = null;

    public void Note(string package, string why)
    {
        lock (_failed) _failed[package] = (why, time.GetTimestamp());
    }

    /// <summary>What could not be done lately, by package, and why.</summary>
    public IReadOnlyDictionary<string, string> Failed()
    {
        lock (_failed) return _failed.Where(f => time.GetElapsedTime(f.Value.At) < FailureHolds).ToDictionary(f => f.Key, f => f.Value.Why);
    }

    /// <summary>Somebody asks for it now.</summary>
    public void TryAgain(string package)
    {
        lock (_failed) _failed.Remove(package);
        Forget();
    }

    async Task<(string? Trouble, IReadOnlyDictionary<string, SeenPackage> Packages)> AskAsync(IReadOnlyCollection<string> names, CancellationToken ct)
    {
        try
        {
            return (null, await transactions.ResolveAsync(names, ct));
        }
        catch (DBusException e)
        {
            return (e.Message, new Dictionary<string, SeenPackage>());
        }
    }
}
