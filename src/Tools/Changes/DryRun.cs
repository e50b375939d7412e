using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Tools.Changes;

/// <summary>The argument by which every tool that changes a node's desired state only tells what it would do. Tools do not declare it: it is one of all of them.</summary>
static class DryRun
{
    public const string Argument = "dryRun";

    const string Description = "Only plan, e.g. true";

    /// <summary>A tool that answers with the steps of a change, and takes a reason for it: to confirm one needs none.</summary>
    public static bool Has(Tool tool) => Member(tool.OutputSchema, "planned") && Member(tool.InputSchema, "why");

    public static bool IsAsked(RequestContext<CallToolRequestParams> context) => context.Params.Arguments?.TryGetValue(Argument, out var value) == true && value.ValueKind == JsonValueKind.True;

    static bool Member(JsonElement? schema, string name) => schema?.TryGetProperty("properties", out var members) == true && members.TryGetProperty(name, out _);

    /// <summary>The schema of a tool's arguments with this one.</summary>
    public static JsonElement AddedTo(JsonElement schema)
    {
        var whole = JsonNode.Parse(schema.GetRawText())!.AsObject();
        whole["properties"]!.AsObject()[Argument] = new JsonObject { ["description"] = Description, ["type"] = "boolean" };
        return JsonSerializer.SerializeToElement(whole, Answers.ToolJson.Default.JsonNode);
    }
}
