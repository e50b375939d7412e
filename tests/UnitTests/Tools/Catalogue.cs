using System.Text.Json;
using System.Text.Json.Nodes;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Server.Mcp.Filters;
using MeshMcp.Server.Nodes;
using MeshMcp.Tools;
using MeshMcp.Tools.Answers;
using MeshMcp.Tools.Calls;
using ModelContextProtocol.Server;

namespace MeshMcp.TestServers;

/// <summary>The tools that there are, and what each may be called with.</summary>
static class Catalogue
{
    /// <summary>Those of every toolset.</summary>
    public static IReadOnlyList<McpServerTool> All { get; } = Of(MeshTools.ToolsetNames);

    /// <param name="toolsets">Null: the default ones.</param>
    public static IReadOnlyList<McpServerTool> Of(IReadOnlyList<string>? toolsets)
    {
        var options = new McpServerOptions();
        using var nodes = new NodeDirectory(new Dictionary<string, NodeEndpoint>());
        MeshTools.AddTo(options, nodes, toolsets);
        return [.. options.ToolCollection!.Where(t => ((MeshTool)t).IsIn(ShownTools.Usual))];
    }

    /// <summary>The schema of what a tool answers.</summary>
    public static JsonElement AnswerOf(string tool) => MeshTools.AnswerOf(All.Single(t => t.ProtocolTool.Name == tool));

    /// <summary>A value of its type, with every field, so that each place is there.</summary>
    public static JsonNode? Sample(JsonElement schema)
    {
        var types = ArgumentFilter.TypesOf(schema);
        return IsEnum(schema) ? Word(schema)
            : types.Contains("object") ? new JsonObject((schema.TryGetProperty("properties", out var properties) ? properties.EnumerateObject() : default).Select(p => KeyValuePair.Create(p.Name, Sample(p.Value))))
            : types.Contains("array") ? new JsonArray(Sample(schema.GetProperty("items")))
            : types.Contains("integer") ? 5
            : types.Contains("boolean") ? true
            : types.Contains("string") ? "x"
            : new JsonObject();
    }

    /// <summary>What the tool cannot be called without, for a node of this name.</summary>
    public static IEnumerable<(string Name, object? Value)> Needed(McpServerTool tool, string node)
    {
        var schema = tool.ProtocolTool.InputSchema;
        return schema.TryGetProperty("required", out var names) ? [.. names.EnumerateArray().Select(n => n.GetString()!).Select(n => (n, (object?)(n == "node" ? node : Sample(schema.GetProperty("properties").GetProperty(n)))))] : [];
    }

    public static bool IsEnum(JsonElement schema) => schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("enum", out _);

    public static string Word(JsonElement schema) => schema.GetProperty("enum").EnumerateArray().First(v => v.ValueKind == JsonValueKind.String).GetString()!;
}
