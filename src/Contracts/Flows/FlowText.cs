using MeshMcp.Contracts.Errors;

namespace MeshMcp.Contracts.Flows;

/// <summary>
/// Reads flows in the form that people and Open vSwitch write: <c>priority=100,tcp,tp_dst=9573,actions=output:veth200</c>.
/// Fields and actions it knows are listed in one place each; what it accepts, it understands, so its faults carry a position.
/// </summary>
public static class FlowText
{
    /// <exception cref="MeshException">InvalidArgument with every fault found.</exception>
    public static FlowSpec Parse(string text, string path = "flow")
    {
        List<Problem> problems = [];
        return Read(text, path, problems) ?? throw Refused(text, path, problems);
    }

    /// <param name="path">Where the text stands in its document, for <paramref name="problems"/>.</param>
    /// <returns>Null when a fault was added to <paramref name="problems"/>.</returns>
    public static FlowSpec? Read(string text, string path, ICollection<Problem> problems)
    {
        var parser = new FlowParser(text, path);
        var pattern = parser.Parse(actionsRequired: true);
        foreach (var problem in parser.Problems) problems.Add(problem);
        return parser.Problems.Count > 0 ? null
            : new FlowSpec(pattern.Table ?? 0, pattern.Priority ?? FlowParser.DefaultPriority, pattern.Fields, pattern.Actions!);
    }

    /// <summary>As <see cref="Parse"/>, but table, priority and actions may be left out.</summary>
    /// <exception cref="MeshException">InvalidArgument with every fault found.</exception>
    public static FlowPattern ParsePattern(string text, string path = "flow")
    {
        var parser = new FlowParser(text, path);
        var pattern = parser.Parse(actionsRequired: false);
        return parser.Problems.Count > 0 ? throw Refused(text, path, parser.Problems) : pattern;
    }

    static MeshException Refused(string text, string path, IReadOnlyList<Problem> problems) => new(new MeshError(
        ErrorKind.InvalidArgument,
        $"{FieldValues.Shown(text)} is not a flow that can be used: {problems[0].Message}{(problems.Count > 1 ? $" (and {problems.Count - 1} more)" : "")}",
        path, "A flow looks like priority=100,tcp,tp_dst=9573,actions=output:veth200", problems));
}
