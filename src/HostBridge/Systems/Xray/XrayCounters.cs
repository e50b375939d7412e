using System.Globalization;
using System.Text.RegularExpressions;

namespace MeshMcp.HostBridge.Systems.Xray;

/// <summary>Reads counters in the two forms that the programs print: v2ray's text of a protocol buffer, Xray's JSON. A value of 0 is left out there.</summary>
public static partial class XrayCounters
{
    public static IReadOnlyDictionary<string, long> Read(string text)
    {
        var counters = new Dictionary<string, long>();
        foreach (Match match in Counter().Matches(text))
            counters[match.Groups["name"].Value.Replace("\\u003e", ">", StringComparison.Ordinal)] =
                match.Groups["value"] is { Success: true, Value: var value } && long.TryParse(value, CultureInfo.InvariantCulture, out var bytes) ? bytes : 0;
        return counters;
    }

    public static long? Of(IReadOnlyDictionary<string, long>? counters, string kind, string name, string direction) =>
        counters is null ? null : counters.GetValueOrDefault($"{kind}>>>{name}>>>traffic>>>{direction}");

    [GeneratedRegex("""
        "?name"?:\s*"(?<name>[^"]+)"(,?\s*"?value"?:\s*"?(?<value>[0-9]+)"?)?
        """, RegexOptions.ExplicitCapture)]
    private static partial Regex Counter();
}
