using System.Globalization;

namespace MeshMcp.HostBridge.OpenVSwitch;

/// <summary>A flow that is in a bridge now.</summary>
/// <param name="Duration">How long it has been there.</param>
/// <param name="Text">The line as dumped.</param>
public sealed record DumpedFlow(CanonicalFlow Flow, ulong Cookie, long Packets, long Bytes, TimeSpan Duration, string Text)
{
    static readonly string[] Flags = ["send_flow_rem", "check_overlap", "reset_counts", "no_packet_counts", "no_byte_counts"];

    /// <summary>Reads one line of <c>dump-flows</c>: <c>cookie=0x0, duration=1.5s, table=0, n_packets=0, n_bytes=0, [more=…, ][flags ]priority=1,ip actions=drop</c>.</summary>
    /// <returns>Null for a line that is no flow.</returns>
    internal static DumpedFlow? Read(string line)
    {
        var text = line.Trim();
        var actions = text.IndexOf(" actions=", StringComparison.Ordinal);
        if (actions < 0 || !text.StartsWith("cookie=", StringComparison.Ordinal)) return null;
        var rest = text.AsSpan(0, actions);
        var (table, cookie, packets, bytes, duration) = (0, 0UL, 0L, 0L, TimeSpan.Zero);
        for (var comma = rest.IndexOf(", "); comma >= 0; comma = rest.IndexOf(", "))
        {
            var part = WithoutFlags(rest[..comma]);
            var name = part[..part.IndexOf('=')];
            var value = part[(name.Length + 1)..];
            if (name is "cookie") cookie = ulong.Parse(value[2..], NumberStyles.AllowHexSpecifier);
            else if (name is "duration") duration = TimeSpan.FromSeconds(double.Parse(value[..^1]));
            else if (name is "table") table = int.Parse(value);
            else if (name is "n_packets") packets = long.Parse(value);
            else if (name is "n_bytes") bytes = long.Parse(value);
            rest = rest[(comma + 2)..];
        }
        return new(CanonicalFlow.Of(table, WithoutFlags(rest), text[(actions + " actions=".Length)..]), cookie, packets, bytes, duration, text);
    }

    static ReadOnlySpan<char> WithoutFlags(ReadOnlySpan<char> part)
    {
        for (var again = true; again;)
        {
            again = false;
            foreach (var flag in Flags)
            {
                if (!part.StartsWith(flag)) continue;
                part = part[flag.Length..].TrimStart(' ');
                again = true;
            }
        }
        return part;
    }
}
