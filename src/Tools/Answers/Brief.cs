using System.Text.Json;
using System.Text.Json.Nodes;

namespace MeshMcp.Tools.Answers;

/// <summary>An answer as a model gets it: without nulls, empty lists and what the tool's own schema gives as the default. What the schema does not know, such as a state, stays as it is.</summary>
static class Brief
{
    /// <summary>The schema of answers of which that is left out.</summary>
    public static JsonElement Schema(JsonElement full)
    {
        var schema = JsonNode.Parse(full.GetRawText())!;
        Relax(schema);
        return JsonSerializer.SerializeToElement(schema, ToolJson.Default.JsonNode);
    }

    public static JsonElement Of(JsonElement answer, JsonElement schema)
    {
        var root = JsonNode.Parse(schema.GetRawText())!;
        var brief = JsonNode.Parse(answer.GetRawText())!;
        Shorten(brief, root, root);
        return JsonSerializer.SerializeToElement(brief, ToolJson.Default.JsonNode);
    }

    static void Shorten(JsonNode? node, JsonNode? told, JsonNode root)
    {
        if (Resolved(told, root) is not { } schema) return;
        if (node is JsonArray items)
        {
            foreach (var item in items) Shorten(item, schema["items"], root);
            return;
        }
        if (node is not JsonObject members) return;
        foreach (var (name, value) in members.ToList())
        {
            if (Resolved(schema["properties"]?[name] ?? schema["additionalProperties"], root) is not { } member) continue;
            if (value is null or JsonArray { Count: 0 } || member["default"] is { } usual && JsonNode.DeepEquals(usual, value)) members.Remove(name);
            else Shorten(value, member, root);
        }
    }

    static void Relax(JsonNode? node)
    {
        if (node is JsonArray items) foreach (var item in items) Relax(item);
        if (node is not JsonObject schema) return;
        if (schema["required"] is JsonArray required && schema["properties"] is JsonObject properties)
        {
            string[] always = [.. required.Select(r => r!.GetValue<string>()).Where(r => !MayBeList(properties[r]))];
            if (always.Length == 0) schema.Remove("required");
            else schema["required"] = new JsonArray([.. always.Select(a => JsonValue.Create(a))]);
        }
        foreach (var (_, below) in schema) Relax(below);
    }

    static bool MayBeList(JsonNode? schema) => schema is JsonObject { } known && (known["items"] is not null || known["$ref"] is not null);

    /// <summary>What a reference (<c>#/properties/server</c>) stands for; null where nothing is known.</summary>
    static JsonObject? Resolved(JsonNode? schema, JsonNode root)
    {
        if (schema is not JsonObject found) return null;
        if (found["$ref"]?.GetValue<string>() is not { } place) return found;
        JsonNode? at = root;
        foreach (var part in place.TrimStart('#').Split('/', StringSplitOptions.RemoveEmptyEntries)) at = at is JsonArray list ? list[int.Parse(part, System.Globalization.CultureInfo.InvariantCulture)] : at?[part];
        return at as JsonObject;
    }
}
