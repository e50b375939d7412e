using System.Text;
using System.Text.RegularExpressions;
using MeshMcp.Contracts.Trust;

namespace MeshMcp.Contracts.Nodes;

/// <summary>What a relay writes on its Unix connection before the first byte of its peer: <c>MESH/1 ROLE NAME FINGERPRINT</c> and a line feed.</summary>
public static partial class RelayPreamble
{
    /// <summary>The longest preamble in bytes, its line feed included; a reader gives up beyond it.</summary>
    public const int Longest = 256;

    public static byte[] Of(MeshIdentity peer) => Encoding.ASCII.GetBytes($"MESH/1 {MeshIdentity.WordOf(peer.Role)} {peer.Name} {peer.Fingerprint}\n");

    /// <summary>The identity in one line without its line feed; null for anything else.</summary>
    public static MeshIdentity? Read(ReadOnlySpan<byte> line)
    {
        if (line.Length >= Longest || Form().Match(Encoding.Latin1.GetString(line)) is not { Success: true } match) return null;
        return new(match.Groups["role"].Value == "server" ? MeshRole.Server : MeshRole.Node, match.Groups["name"].Value, match.Groups["fingerprint"].Value);
    }

    [GeneratedRegex(@"\AMESH/1 (?<role>server|node) (?<name>[a-z0-9][a-z0-9-]{0,62}) (?<fingerprint>[0-9a-f]{64})\z")]
    private static partial Regex Form();
}
