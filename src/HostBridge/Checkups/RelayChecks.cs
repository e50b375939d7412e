using System.Net;
using System.Text.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.HostBridge.Network;

namespace MeshMcp.HostBridge.Checkups;

/// <summary>Whether the relay listens where its file says: without it the mesh's server does not reach this node.</summary>
static class RelayChecks
{
    const string Layer = "relay", Configuration = "/etc/meshmcp/relay.json";

    public static async Task<IReadOnlyList<Check>> ReadAsync(Listeners listeners, CancellationToken ct)
    {
        if (Addresses() is not { } addresses)
            return [new(Layer, Configuration, Health.Warning, "There is no relay on this node: no server reaches it.", "Let it join a mesh: meshctl node join STRING. Alone it needs none.")];
        var there = (await listeners.ReadAsync(ct)).Where(l => l.Protocol == "tcp").ToList();
        return [.. addresses.Select(a => there.Any(l => l.On("tcp", a.Port, [$"{a.Address}"]))
            ? new Check(Layer, $"{a}", Health.Fine, "the relay listens")
            : new Check(Layer, $"{a}", Health.Broken, $"Nobody listens at {a}.", $"Start the relay (meshmcp-server relay) and read what it says. If {a.Address} is not an address of this node, correct listen in {Configuration}."))];
    }

    /// <summary>Null without the file; the relay itself says what is wrong in it.</summary>
    static IReadOnlyList<IPEndPoint>? Addresses()
    {
        try
        {
            using var file = JsonDocument.Parse(File.ReadAllBytes(Configuration));
            return [.. file.RootElement.GetProperty("listen").EnumerateArray().Select(l => HostPort.TryParse(l.GetString() ?? "", out var address) ? address : null).OfType<IPEndPoint>()];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }
}
