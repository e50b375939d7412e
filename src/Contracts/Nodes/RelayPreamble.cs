using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using MeshMcp.Contracts.Trust;

namespace MeshMcp.Contracts.Nodes;

/// <summary>
/// What a relay writes on its Unix connection before the first byte of its peer: <c>MESH/1 ROLE NAME FINGERPRINT [ISSUED]</c> and a line feed, ISSUED in seconds since 1970.
/// Or, on a connection on which nothing follows, whom it turned away: <c>MESH/1 refused COUNT ADDRESS WHY</c>.
/// </summary>
public static partial class RelayPreamble
{
    /// <summary>The longest preamble in bytes, its line feed included; a reader gives up beyond it.</summary>
    public const int Longest = 256;

    public static byte[] Of(MeshIdentity peer) => Encoding.ASCII.GetBytes($"MESH/1 {MeshIdentity.WordOf(peer.Role)} {peer.Name} {peer.Fingerprint}{(peer.Issued is { } issued ? $" {issued.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)}" : "")}\n");

    /// <summary>The identity in one line without its line feed; null for anything else.</summary>
    public static MeshIdentity? Read(ReadOnlySpan<byte> line)
    {
        if (line.Length >= Longest || Form().Match(Encoding.Latin1.GetString(line)) is not { Success: true } match) return null;
        return new(match.Groups["role"].Value == "server" ? MeshRole.Server : MeshRole.Node, match.Groups["name"].Value, match.Groups["fingerprint"].Value) { Issued = match.Groups["issued"] is { Success: true } issued ? DateTimeOffset.FromUnixTimeSeconds(long.Parse(issued.Value, CultureInfo.InvariantCulture)) : null };
    }

    /// <param name="reason">Cut where the line would be too long.</param>
    public static byte[] Of(RelayRefusal refusal)
    {
        var line = $"MESH/1 refused {refusal.Count} {refusal.Address} {new string([.. refusal.Reason.Select(c => char.IsAscii(c) && !char.IsControl(c) ? c : '?')])}";
        return Encoding.ASCII.GetBytes(line[..Math.Min(line.Length, Longest - 2)] + "\n");
    }

    /// <summary>Null for a line that is no refusal.</summary>
    public static RelayRefusal? ReadRefusal(ReadOnlySpan<byte> line) =>
        line.Length < Longest && Refusal().Match(Encoding.Latin1.GetString(line)) is { Success: true } match ? new(match.Groups["address"].Value, match.Groups["reason"].Value, int.Parse(match.Groups["count"].Value, CultureInfo.InvariantCulture)) : null;

    [GeneratedRegex(@"\AMESH/1 refused (?<count>[1-9][0-9]{0,7}) (?<address>[0-9a-f.:%]{2,64}|others) (?<reason>[ -~]{1,240})\z")]
    private static partial Regex Refusal();

    [GeneratedRegex(@"\AMESH/1 (?<role>server|node) (?<name>[a-z0-9][a-z0-9-]{0,62}) (?<fingerprint>[0-9a-f]{64})(?: (?<issued>[0-9]{1,11}))?\z")]
    private static partial Regex Form();
}

/// <summary>Whom a relay turned away.</summary>
/// <param name="Count">How many times, where the relay has counted.</param>
public sealed record RelayRefusal(string Address, string Reason, int Count = 1);
