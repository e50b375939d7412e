using System.Text.RegularExpressions;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.HostBridge.OpenVSwitch;

/// <summary>Reads what <c>ovs-ofctl</c> and <c>ovs-appctl</c> say when they refuse.</summary>
static partial class OfctlFault
{
    /// <param name="said">Standard error.</param>
    /// <param name="lines">What was given on standard input: a fault of line n (one-based) is a problem at <c>flows[n-1]</c>.</param>
    public static MeshException Of(string bridge, string said, IReadOnlyList<string> lines)
    {
        if (NotThere().IsMatch(said))
        {
            return new(ErrorKind.Unavailable, $"Open vSwitch does not answer for the bridge {bridge}: {Words(said)}", bridge,
                "Is openvswitch-switch running, and does the bridge exist? (systemctl status openvswitch-switch; ovs-vsctl list-br)");
        }
        if (AtLine().Match(said) is { Success: true } parse && int.TryParse(parse.Groups["line"].Value, out var number) && number <= lines.Count)
            return Refused(lines, number - 1, parse.Groups["words"].Value);
        return AtFlow().Match(said) is { Success: true } flow
            ? new(ErrorKind.CommandFailed, $"Open vSwitch refused the flow {flow.Groups["flow"].Value}: {flow.Groups["code"].Value}; nothing was changed", bridge)
            : new(ErrorKind.CommandFailed, $"Open vSwitch refused: {Words(said)}; nothing was changed", bridge);
    }

    public static MeshException Refused(IReadOnlyList<string> lines, int index, string words) => new(new MeshError(
        ErrorKind.InvalidArgument, $"Open vSwitch does not accept the flow {lines[index]}: {words}", "flows",
        Problems: [new Problem($"flows[{index}]", words)]));

    /// <summary>The words without the programs' names and log prefixes.</summary>
    public static string Words(string said) => string.Join("; ", said.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Where(line => !line.EndsWith("server returned an error", StringComparison.Ordinal))
        .Select(line => Prefix().Replace(line, "")));

    [GeneratedRegex(@"\b(connecting to|cannot connect to|failed to connect to)\b|\((End of file|Connection reset by peer|Broken pipe)\)")]
    private static partial Regex NotThere();

    [GeneratedRegex(@"^ovs-ofctl: -:(?<line>[0-9]+): (?<words>.*)$", RegexOptions.Multiline)]
    private static partial Regex AtLine();

    [GeneratedRegex(@"^Error (?<code>\w+) for: OFPT_FLOW_MOD .*?: (ADD|MOD|MOD_STRICT|DEL|DEL_STRICT) (?<flow>.*)$", RegexOptions.Multiline)]
    private static partial Regex AtFlow();

    [GeneratedRegex(@"^(ovs-\w+: |[0-9T:.-]+Z\|[^|]*\|[^|]*\|[^|]*\|)")]
    private static partial Regex Prefix();
}
