using System.Globalization;

namespace MeshMcp.HostBridge.Systems.Wireguard;

/// <summary>A device as <c>wg show DEVICE dump</c> prints it. The text has private keys: it is read here and never shown.</summary>
public sealed record WgDump(SecretKey? PrivateKey, string? PublicKey, int ListenPort, IReadOnlyList<WgPeer> Peers)
{
    const int DeviceFields = 4, PeerFields = 8;

    /// <summary>Devices by name, from <c>wg show all dump</c>.</summary>
    public static IReadOnlyDictionary<string, WgDump> ParseAll(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => line.Split('\t', 2))
        .GroupBy(parts => parts[0], parts => parts[1])
        .ToDictionary(g => g.Key, g => Parse(g));

    public static WgDump Parse(string text) => Parse(text.Split('\n', StringSplitOptions.RemoveEmptyEntries));

    static WgDump Parse(IEnumerable<string> lines)
    {
        string[][] rows = [.. lines.Select(l => l.Split('\t'))];
        var device = rows.First(r => r.Length == DeviceFields);
        return new(KeyOf(device[0]), Some(device[1]), int.Parse(device[2], CultureInfo.InvariantCulture),
            [.. rows.Where(r => r.Length == PeerFields).Select(PeerOf)]);
    }

    static WgPeer PeerOf(string[] row) => new(
        row[0], KeyOf(row[1]), Some(row[2]),
        Some(row[3])?.Split(',') ?? [],
        long.Parse(row[4], CultureInfo.InvariantCulture) is > 0 and var seconds ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null,
        long.Parse(row[5], CultureInfo.InvariantCulture), long.Parse(row[6], CultureInfo.InvariantCulture),
        int.TryParse(row[7], CultureInfo.InvariantCulture, out var keepalive) ? keepalive : 0);

    static SecretKey? KeyOf(string field) => Some(field) is { } key ? new(key) : null;

    static string? Some(string field) => field == "(none)" ? null : field;
}

/// <param name="Handshake">The last; null when there was none.</param>
/// <param name="Received">Bytes.</param>
/// <param name="Sent">Bytes.</param>
public sealed record WgPeer(string PublicKey, SecretKey? PresharedKey, string? Endpoint, IReadOnlyList<string> AllowedIps, DateTimeOffset? Handshake, long Received, long Sent, int Keepalive);
