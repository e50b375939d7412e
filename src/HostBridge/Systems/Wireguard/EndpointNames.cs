using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.Systems.Wireguard;

/// <summary>Addresses of far ends by name. Whoever plans never waits for a name server: an unknown name is looked up meanwhile, and drift is raised when it is known.</summary>
public sealed class EndpointNames(HostNames names, DriftSignal drift, TimeProvider time)
{
    static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);

    readonly ConcurrentDictionary<string, Entry> _entries = new();

    /// <summary>Null while the name is not resolved.</summary>
    public IPEndPoint? Known(string hostAndPort)
    {
        if (WarpProfile.HostPort(hostAndPort) is not var (host, port)) return null;
        if (IPAddress.TryParse(host, out var literal)) return new(literal, port);
        var entry = _entries.GetOrAdd(host, _ => new());
        if (entry.Address is { } known) return new(known, port);
        if (entry.MayAsk(time, Retry)) _ = AskAsync(host, entry);
        return null;
    }

    /// <summary>Asks anew, and prefers an address other than <paramref name="dead"/>; null when the name cannot be resolved.</summary>
    public async Task<IPEndPoint?> RefreshAsync(string hostAndPort, IPAddress? dead, CancellationToken ct)
    {
        if (WarpProfile.HostPort(hostAndPort) is not var (host, port)) return null;
        if (IPAddress.TryParse(host, out var literal)) return new(literal, port);
        try
        {
            var found = await names.ResolveAsync(host, ct);
            if (found.Length == 0) return null;
            var chosen = found.FirstOrDefault(a => !a.Equals(dead)) ?? found[0];
            _entries.GetOrAdd(host, _ => new()).Address = chosen;
            return new(chosen, port);
        }
        catch (SocketException)
        {
            return null;
        }
    }

    async Task AskAsync(string host, Entry entry)
    {
        try
        {
            entry.Address = (await names.ResolveAsync(host, CancellationToken.None)).FirstOrDefault();
        }
        catch (SocketException)
        {
            // Asked again later: the tunnel waits for it.
        }
        finally
        {
            entry.Done();
        }
        if (entry.Address is not null) drift.Raise("wireguard");
    }

    sealed class Entry
    {
        readonly Lock _gate = new();
        bool _asking;
        long? _asked;

        public volatile IPAddress? Address;

        public bool MayAsk(TimeProvider time, TimeSpan retry)
        {
            lock (_gate)
            {
                if (_asking || (_asked is { } asked && time.GetElapsedTime(asked) < retry)) return false;
                (_asking, _asked) = (true, time.GetTimestamp());
                return true;
            }
        }

        public void Done()
        {
            lock (_gate) _asking = false;
        }
    }
}
