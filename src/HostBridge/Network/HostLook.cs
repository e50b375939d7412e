using MeshMcp.Contracts.Errors;

namespace MeshMcp.HostBridge.Network;

/// <summary>Looks at the node's own network.</summary>
public sealed class HostLook(Iproute ip, Listeners listeners)
{
    const string Resolver = "/etc/resolv.conf";

    public async Task<HostNetwork> ReadAsync(CancellationToken ct)
    {
        var view = await ip.ReadAsync(ct);
        return new(view.Devices, view.Main, await ListenersAsync(ct), NameServers());
    }

    async Task<IReadOnlyList<Listener>> ListenersAsync(CancellationToken ct)
    {
        try
        {
            return await listeners.ReadAsync(ct);
        }
        catch (MeshException)
        {
            // Without ss the usual ports are taken for the ones in use.
            return [];
        }
    }

    static string[] NameServers()
    {
        try
        {
            return [.. File.ReadLines(Resolver).Select(l => l.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).Where(w => w is ["nameserver", _, ..]).Select(w => w[1])];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
