using System.Text.RegularExpressions;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Systems.Tuning;

/// <summary>Only settings that open and close no way to the node, and that no other system sets.</summary>
static partial class TuningFaults
{
    static readonly string[] Allowed = ["net.core.", "net.ipv4.tcp_", "net.netfilter.nf_conntrack_"];

    public static IEnumerable<Problem> Of(TuningSection section)
    {
        foreach (var (name, value) in section.Values)
        {
            if (!Names().IsMatch(name) || !Allowed.Any(a => name.StartsWith(a, StringComparison.Ordinal)))
                yield return new($"tuning.values.{name}", $"{name} is none of the settings that a state may hold: {string.Join("*, ", Allowed)}*.");
            if (!Values().IsMatch(value)) yield return new($"tuning.values.{name}", $"\"{value}\" is no value: words of letters, digits, - and _, with blanks between.");
        }
    }

    [GeneratedRegex(@"^[a-z0-9_]+(\.[a-z0-9_]+)+\z")]
    private static partial Regex Names();

    [GeneratedRegex(@"^[A-Za-z0-9_-]{1,32}( [A-Za-z0-9_-]{1,32}){0,7}\z")]
    private static partial Regex Values();
}
