using System.Text.Json;
using System.Text.Json.Nodes;
using MeshMcp.Contracts.Errors;
using ModelContextProtocol.Protocol;

namespace MeshMcp.Tools.Answers;

/// <summary>Findings and hints of an answer in the words of tools; nothing else of it is touched: flows, logs and output are as they are.</summary>
static class ToldHints
{
    static readonly string[] Telling = ["says", "findings", "hint", "problem", "waiting", "waits", "because", "verdict", "notes"];

    public static CallToolResult In(CallToolResult result, Func<string, bool> has)
    {
        if (result.StructuredContent is not { } given || !given.GetRawText().Contains("meshctl ", StringComparison.Ordinal)) return result;
        var told = new Dictionary<string, string>();
        var content = JsonNode.Parse(given.GetRawText())!;
        Tell(content, telling: false, has, told);
        if (told.Count == 0) return result;
        result.StructuredContent = JsonSerializer.SerializeToElement(content, ToolJson.Default.JsonNode);
        foreach (var text in result.Content.OfType<TextContentBlock>().Take(1))
            foreach (var (before, after) in told) text.Text = text.Text.Replace(before, after, StringComparison.Ordinal);
        return result;
    }

    static void Tell(JsonNode? node, bool telling, Func<string, bool> has, Dictionary<string, string> told)
    {
        if (node is JsonObject members)
            foreach (var (name, value) in members.ToList())
                if (Said(value, telling || Telling.Contains(name), has, told) is { } text) members[name] = text;
                else Tell(value, telling || Telling.Contains(name), has, told);
        else if (node is JsonArray items)
            for (var i = 0; i < items.Count; i++)
                if (Said(items[i], telling, has, told) is { } text) items[i] = text;
                else Tell(items[i], telling, has, told);
    }

    /// <summary>Null where it stays as it is.</summary>
    static string? Said(JsonNode? node, bool telling, Func<string, bool> has, Dictionary<string, string> told)
    {
        if (!telling || node is not JsonValue value || !value.TryGetValue<string>(out var before) || Hints.ForTools(before, has) is var after && after == before) return null;
        return told[before] = after;
    }
}
