using System.Net;

namespace MeshMcp.Server.Relay;

/// <summary>Counts open connections, in all and by peer address.</summary>
sealed class ConnectionCount(int total, int perAddress)
{
    readonly Lock _lock = new();
    readonly Dictionary<IPAddress, int> _byAddress = [];
    int _total;

    /// <summary>Takes a place; false when there is none left for <paramref name="peer"/>.</summary>
    public bool TryEnter(IPAddress peer)
    {
        lock (_lock)
        {
            var own = _byAddress.GetValueOrDefault(peer);
            if (_total >= total || own >= perAddress) return false;
            _total++;
            _byAddress[peer] = own + 1;
            return true;
        }
    }

    public void Leave(IPAddress peer)
    {
        lock (_lock)
        {
            _total--;
            if (--_byAddress[peer] == 0) _byAddress.Remove(peer);
        }
    }
}
