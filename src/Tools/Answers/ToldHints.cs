using System.Text.Json;
using System.Text.Json.Nodes;
using MeshMcp.Contracts.Errors;
using ModelContextProtocol.Protocol;

namespace MeshMcp.Tools.Answers;

/// <summary>Findings and hints of an answer in the words of tools.</summary>
static class ToldHints
{
    public static CallToolResult In(CallToolResult result, Func<string, bool> has)
    {
        if (result.StructuredContent is not { } given || !given.GetRawText().Contains("meshctl ", StringComparison.Ordinal)) return result;
        var content = JsonNode.Parse(given.GetRawText())!;
        var told = In(content, has);
        if (told.Count == 0) return result;
        result.StructuredContent = JsonSerializer.SerializeToElement(content, ToolJson.Default.JsonNode);
        foreach (var text in result.Content.OfType<TextContentBlock>().Take(1))
            foreach (var (before, after) in told) text.Text = text.Text.Replace(before, after, StringComparison.Ordinal);
        return result;
    }

    /// <returns>Each text that is another one now.</returns>
    public static IReadOnlyDictionary<string, string> In(JsonNode content, Func<string, bool> has) => ToldFields.Tell(content, text => Hints.ForTools(text, has));
}
