using System.Globalization;
using System.Text.RegularExpressions;
using MeshMcp.Contracts.Flows;

namespace MeshMcp.HostBridge.OpenVSwitch;

/// <summary>The flow that a traced packet met in one table, and what it did there. Ports have names.</summary>
/// <param name="Depth">0 for the packet's own way; one more inside each resubmit.</param>
/// <param name="Match">Empty for a flow that matches everything; null when no flow matched.</param>
/// <param name="Notes">What Open vSwitch remarks, such as "no learned MAC for destination, flooding" or "Nonexistent output port".</param>
public sealed record TraceStep(
    int Table, int Depth, string? Match, int? Priority, ulong Cookie, IReadOnlyList<string> Actions, IReadOnlyList<string> Notes);

/// <summary>One pass through the tables; connection tracking starts another.</summary>
/// <param name="Flow">The packet as it came in.</param>
/// <param name="FinalFlow">The packet as it went on; null when unchanged.</param>
/// <param name="Megaflow">All packets that would fare the same.</param>
/// <param name="DatapathActions">What the datapath does with them.</param>
public sealed record TracePass(string Flow, IReadOnlyList<TraceStep> Steps, string? FinalFlow, string Megaflow, string DatapathActions);

/// <summary>Where a packet would go.</summary>
/// <param name="Outputs">Ports that it leaves by, LOCAL for the bridge's own; none means it is dropped.</param>
/// <param name="Text">As Open vSwitch printed it.</param>
public sealed partial record FlowTrace(IReadOnlyList<TracePass> Passes, IReadOnlyList<string> Outputs, string Text)
{
    static readonly string[] NotPorts = ["drop", "pop_vlan", "pop_eth", "pop_nsh", "ct_clear"];

    public bool Dropped => Outputs.Count == 0;

    internal static FlowTrace Read(string bridge, string text)
    {
        List<TracePass> passes = [];
        List<string> block = [];
        foreach (var line in text.Replace("\"", "").Split('\n'))
        {
            block.Add(line);
            if (!line.StartsWith("Datapath actions: ", StringComparison.Ordinal)) continue;
            passes.Add(ReadPass(block));
            block = [];
        }
        var outputs = passes.SelectMany(p => Ports(p.DatapathActions)).Select(port => port == bridge ? FlowPort.Local : port).Distinct();
        return new(passes, [.. outputs], text);
    }

    static TracePass ReadPass(List<string> lines)
    {
        List<(int Indent, TraceStep Step, List<string> Actions, List<string> Notes)> steps = [];
        var open = new Stack<int>();
        foreach (var line in lines)
        {
            var indent = line.Length - line.TrimStart().Length;
            if (indent == 0) continue;
            if (StepLine().Match(line) is { Success: true } found)
            {
                while (open.TryPeek(out var last) && steps[last].Indent >= indent) open.Pop();
                steps.Add((indent, Step(found, open.Count), [], []));
                open.Push(steps.Count - 1);
                continue;
            }
            while (open.TryPeek(out var outer) && steps[outer].Indent >= indent) open.Pop();
            if (!open.TryPeek(out var current)) continue;
            var said = line.Trim();
            if (Remark().Match(said) is { Success: true } remark) steps[current].Notes.Add(remark.Groups["words"].Value);
            else steps[current].Actions.Add(said);
        }
        var final = Value(lines, "Final flow: ");
        return new(
            Value(lines, "Flow: "), [.. steps.Select(s => s.Step with { Actions = s.Actions, Notes = s.Notes })],
            final == "unchanged" ? null : final, Value(lines, "Megaflow: "), Value(lines, "Datapath actions: "));
    }

    static TraceStep Step(Match line, int depth)
    {
        var table = int.Parse(line.Groups["table"].Value);
        if (!line.Groups["priority"].Success) return new(table, depth, null, null, 0, [], []);
        var cookie = line.Groups["cookie"].Success ? ulong.Parse(line.Groups["cookie"].Value, NumberStyles.AllowHexSpecifier) : 0;
        return new(table, depth, line.Groups["match"].Value, int.Parse(line.Groups["priority"].Value), cookie, [], []);
    }

    static string Value(List<string> lines, string label) =>
        lines.Find(l => l.StartsWith(label, StringComparison.Ordinal)) is { } line ? line[label.Length..] : "";

    /// <summary>Words of the datapath's actions that are no action: <c>set(eth(dst=…)),veth1,mesh</c>.</summary>
    static IEnumerable<string> Ports(string actions)
    {
        var (depth, start) = (0, 0);
        for (var i = 0; i <= actions.Length; i++)
        {
            var c = i < actions.Length ? actions[i] : ',';
            if (c == '(') depth++;
            else if (c == ')') depth--;
            else if (c == ',' && depth == 0)
            {
                var word = actions[start..i];
                if (word.Length > 0 && !word.Contains('(') && !NotPorts.Contains(word)) yield return word;
                start = i + 1;
            }
        }
    }

    /// <summary>Details, warnings and faults.</summary>
    [GeneratedRegex(@"^(->|>>>>|>>) (?<words>.+?)( <<<<)?\z")]
    private static partial Regex Remark();

    [GeneratedRegex(@"^ *(?<table>[0-9]+)\. (No match\.|((?<match>.*), )?priority (?<priority>[0-9]+)(, cookie 0x(?<cookie>[0-9a-f]+))?)\z")]
    private static partial Regex StepLine();
}
