using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Server.Mcp.Filters;

/// <summary>Takes what clients send for what they mean, where that is one thing only: <c>"5"</c> and <c>5.0</c> for a number, <c>"true"</c> for a flag, <c>200</c> for an id, null for what may be left out, JSON in a text.</summary>
static class MeantArguments
{
    public static McpRequestHandler<CallToolRequestParams, CallToolResult> Filter(McpRequestHandler<CallToolRequestParams, CallToolResult> next) => (context, ct) =>
    {
        if (context.MatchedPrimitive is McpServerTool { ProtocolTool: var tool } && context.Params is { Arguments: { } arguments } call) call.Arguments = Of(tool.InputSchema, arguments);
        return next(context, ct);
    };

    /// <summary>What fits no better stays as it is; the check of arguments says what it should have been.</summary>
    public static IDictionary<string, JsonElement> Of(JsonElement schema, IDictionary<string, JsonElement> arguments)
    {
        var meant = new Dictionary<string, JsonElement>();
        foreach (var (name, value) in arguments)
            if (PropertyOf(schema, name) is not { } property) meant[name] = value;
            else if (value.ValueKind != JsonValueKind.Null || IsRequired(schema, name)) meant[name] = Meant(property, value);
        return meant;
    }

    static JsonElement Meant(JsonElement schema, JsonElement value)
    {
        string[] types = ArgumentFilter.TypesOf(schema);
        return value.ValueKind switch
        {
            JsonValueKind.String when types.Contains("string") => Spelt(schema, value),
            JsonValueKind.String => FromText(schema, types, value),
            JsonValueKind.Number when types.Contains("integer") => Whole(value) is { } number ? Element(JsonValue.Create(number)) : value,
            JsonValueKind.Number when types.Contains("string") => Element(JsonValue.Create(Whole(value)?.ToString(CultureInfo.InvariantCulture) ?? value.GetRawText())),
            JsonValueKind.Array when schema.TryGetProperty("items", out var items) => Element(new JsonArray([.. value.EnumerateArray().Select(i => NodeOf(Meant(items, i)))])),
            JsonValueKind.Object when schema.TryGetProperty("properties", out _) => Element(new JsonObject(Of(schema, value.EnumerateObject().DistinctBy(p => p.Name).ToDictionary(p => p.Name, p => p.Value)).Select(p => KeyValuePair.Create(p.Key, NodeOf(p.Value))))),
            _ => value,
        };
    }

    static JsonElement FromText(JsonElement schema, string[] types, JsonElement value)
    {
        var text = value.GetString()!.Trim();
        if (types.Contains("integer") && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) return Element(JsonValue.Create(number));
        if (types.Contains("boolean") && bool.TryParse(text, out var flag)) return Element(JsonValue.Create(flag));
        if (types.Contains("array") && text.StartsWith('[') || types.Contains("object") && text.StartsWith('{'))
            try
            {
                using var inside = JsonDocument.Parse(text);
                return Meant(schema, inside.RootElement.Clone());
            }
            catch (JsonException)
            {
                // A text that only looks like it.
            }
        return value;
    }

    /// <summary>One of an enum, in whatever case.</summary>
    static JsonElement Spelt(JsonElement schema, JsonElement value) =>
        schema.TryGetProperty("enum", out var valid) && valid.EnumerateArray().Where(v => v.ValueKind == JsonValueKind.String && string.Equals(v.GetString(), value.GetString(), StringComparison.OrdinalIgnoreCase)).ToArray() is [var one] ? one : value;

    /// <summary>Null for a number with a fraction.</summary>
    static long? Whole(JsonElement value) => value.TryGetInt64(out var whole) ? whole
        : value.TryGetDecimal(out var number) && decimal.IsInteger(number) && number is >= long.MinValue and <= long.MaxValue ? (long)number : null;

    static bool IsRequired(JsonElement schema, string name) => schema.TryGetProperty("required", out var required) && required.EnumerateArray().Any(r => r.GetString() == name);

    static JsonElement? PropertyOf(JsonElement schema, string name) =>
        schema.TryGetProperty("properties", out var properties) && properties.TryGetProperty(name, out var property) && property.ValueKind == JsonValueKind.Object ? property : null;

    static JsonNode? NodeOf(JsonElement value) => value.ValueKind == JsonValueKind.Null ? null : JsonNode.Parse(value.GetRawText());

    static JsonElement Element(JsonNode value)
    {
        using var document = JsonDocument.Parse(value.ToJsonString());
        return document.RootElement.Clone();
    }
}
