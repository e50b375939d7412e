using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ModelContextProtocol.Protocol;

namespace MeshMcp.Tools.Answers;

/// <summary>The result of a tool: a typed value, and the same in a few lines for who reads only text.</summary>
static class Answer
{
    /// <param name="says">Sentences, which both forms begin with.</param>
    /// <param name="rows">Lines that say what the value's members do.</param>
    /// <param name="keepLines">Line breaks inside strings of the value stay.</param>
    public static CallToolResult Of<T>(T value, JsonTypeInfo<T> type, IEnumerable<string> says, IEnumerable<string> rows, bool keepLines = false) where T : Told
    {
        value.Says = [.. says];
        return new()
        {
            Content = [new TextContentBlock { Text = string.Join('\n', value.Says.Concat(rows).Select(PlainText.Line)) }],
            StructuredContent = JsonSerializer.SerializeToElement(PlainText.Of(JsonSerializer.SerializeToNode(value, type), keepLines), ToolJson.Default.JsonNode),
        };
    }

    /// <summary>At most <paramref name="limit"/> of <paramref name="lines"/>, and how many there are when there are more.</summary>
    public static IEnumerable<string> Some(IReadOnlyCollection<string> lines, int limit) =>
        lines.Count <= limit ? lines : [.. lines.Take(limit), $"… {limit} of {lines.Count}"];
}
