namespace MeshMcp.HostBridge.OpenVSwitch;

/// <summary>What identifies a flow in a bridge.</summary>
/// <param name="Match">As Open vSwitch prints it, with numbers for ports; empty when it matches everything.</param>
public readonly record struct FlowKey(int Table, int Priority, string Match);

/// <summary>A flow as Open vSwitch prints it (OpenFlow 1.4, numbers for ports): equal flows are equal texts, whether asked for or dumped.</summary>
/// <param name="Actions"><c>drop</c> when empty.</param>
public sealed record CanonicalFlow(FlowKey Key, string Actions)
{
    const int DefaultPriority = 32768;
    const string Priority = "priority=";

    /// <summary>Bundle line that adds the flow, or replaces what has the same key.</summary>
    public string AddLine(ulong cookie) => $"add cookie=0x{cookie:x},{KeyText},actions={Actions}";

    /// <summary>Bundle line that deletes exactly this flow, if it still bears the cookie it was seen with.</summary>
    public string DeleteStrictLine(ulong cookie) => $"delete_strict cookie=0x{cookie:x}/0xffffffffffffffff,{KeyText}";

    public override string ToString() => $"{KeyText},actions={Actions}";

    /// <param name="match">With its priority, as printed: <c>priority=100,tcp,tp_dst=80</c>; without one it is 32768.</param>
    internal static CanonicalFlow Of(int table, ReadOnlySpan<char> match, string actions)
    {
        var priority = DefaultPriority;
        if (match.StartsWith(Priority))
        {
            var end = match.IndexOf(',');
            priority = int.Parse(end < 0 ? match[Priority.Length..] : match[Priority.Length..end]);
            match = end < 0 ? [] : match[(end + 1)..];
        }
        return new(new(table, priority, match.ToString()), actions);
    }

    string KeyText => $"table={Key.Table},priority={Key.Priority}{(Key.Match.Length > 0 ? "," : "")}{Key.Match}";
}
