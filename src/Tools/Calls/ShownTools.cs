using MeshMcp.Tools.Answers;
using ModelContextProtocol.Server;

namespace MeshMcp.Tools.Calls;

/// <summary>Which of the tools a client wants to see, said by the URL that it connects to or by headers.</summary>
/// <param name="Toolsets">Names, <see cref="All"/> or <see cref="Default"/>; null: the default ones.</param>
/// <param name="ReadOnly">Only those that change nothing.</param>
public sealed record ShownTools(IReadOnlyList<string>? Toolsets = null, bool ReadOnly = false)
{
    public const string All = "all", Default = "default";

    /// <summary>What a client sees that says nothing.</summary>
    public static readonly ShownTools Usual = new();

    /// <summary>The toolsets of these tools.</summary>
    public static IEnumerable<string> Of(IEnumerable<McpServerTool> tools) => tools.OfType<MeshTool>().Select(t => t.Toolset).Distinct();
}
