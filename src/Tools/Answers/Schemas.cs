using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace MeshMcp.Tools.Answers;

/// <summary>Answers leave out what is null, so schemas must not demand it. What a constructor's parameter cannot do without is demanded, and no list has null in it.</summary>
static class Schemas
{
    public static readonly AIJsonSchemaCreateOptions Options = new() { TransformSchemaNode = Relax };

    static JsonNode Relax(AIJsonSchemaCreateContext context, JsonNode node)
    {
        // A document, or settings: the schema says that much, so that clients and the server take a text of it for it.
        if (context.TypeInfo.Type == typeof(JsonElement) && node is JsonObject open && !open.ContainsKey("type")) open.Insert(0, "type", "object");
        // That an argument may be left out is said by its not being required.
        if (node is JsonObject { } optional && optional.TryGetPropertyValue("default", out var usual) && usual is null) optional.Remove("default");
        if (node is JsonObject { } list && list["items"] is JsonObject items) NeverNull(items);
        if (node is not JsonObject schema || schema["required"] is not JsonArray required || schema["properties"] is not JsonObject properties) return node;
        foreach (var needed in context.TypeInfo.Properties.Where(p => p.AssociatedParameter is { HasDefaultValue: false, IsMemberInitializer: false, IsNullable: false }))
            if (properties[needed.Name] is JsonObject property) NeverNull(property);
        string[] always = [.. required.Select(r => r!.GetValue<string>()).Where(name => !IsNullable(properties[name]))];
        if (always.Length == 0) schema.Remove("required");
        else schema["required"] = new JsonArray([.. always.Select(name => JsonValue.Create(name))]);
        return schema;
    }

    /// <summary>Of a tool's arguments: that one may be left out is said by its not being required, and null for it is taken as that.</summary>
    public static JsonElement WithoutNull(JsonElement schema)
    {
        var whole = JsonNode.Parse(schema.GetRawText())!.AsObject();
        foreach (var (_, argument) in whole["properties"] as JsonObject ?? [])
            if (argument is JsonObject described) NeverNull(described);
        return JsonSerializer.SerializeToElement(whole, ToolJson.Default.JsonNode);
    }

    static void NeverNull(JsonObject schema)
    {
        if (schema["type"] is JsonArray types && types.Select(t => t!.GetValue<string>()).Where(t => t != "null").ToArray() is [var only]) schema["type"] = only;
    }

    static bool IsNullable(JsonNode? property) => property is JsonObject schema && schema["type"] is JsonArray types && types.Any(t => t!.GetValue<string>() == "null");
}
