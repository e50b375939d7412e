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
            if (IsSaid(schema, name, value)) meant[name] = PropertyOf(schema, name) is { } property && Meant(property, value) is { } other ? ElementOf(other) : value;
        return meant;
    }

    /// <summary>Null where it means what it says: nothing of it is copied then, however large.</summary>
    static JsonNode? Meant(JsonElement schema, JsonElement value)
    {
        string[] types = ArgumentFilter.TypesOf(schema);
        return value.ValueKind switch
        {
            JsonValueKind.String when types.Contains("string") => Spelt(schema, value),
            JsonValueKind.String => FromText(schema, types, value),
            // Written 5.0 it is none that every reader takes.
            JsonValueKind.Number when types.Contains("integer") => !value.TryGetInt64(out _) && Whole(value) is { } number ? JsonValue.Create(number) : null,
            JsonValueKind.Number when types.Contains("string") => JsonValue.Create(Whole(value)?.ToString(CultureInfo.InvariantCulture) ?? value.GetRawText()),
            JsonValueKind.Array when schema.TryGetProperty("items", out var items) => InList(items, value),
            JsonValueKind.Object when schema.TryGetProperty("properties", out _) => InFields(schema, value),
            _ => null,
        };
    }

    static JsonArray? InList(JsonElement schema, JsonElement list)
    {
        List<(JsonElement Said, JsonNode? Meant)> items = [.. list.EnumerateArray().Select(i => (i, Meant(schema, i)))];
        return items.Exists(i => i.Meant is not null) ? new([.. items.Select(i => i.Meant ?? NodeOf(i.Said))]) : null;
    }

    /// <summary>What has a field twice stays as it is: which of the two is meant nobody knows.</summary>
    static JsonObject? InFields(JsonElement schema, JsonElement value)
    {
        List<(JsonProperty Said, JsonNode? Meant)> fields = [.. value.EnumerateObject().Select(p => (p, PropertyOf(schema, p.Name) is { } property ? Meant(property, p.Value) : null))];
        if (fields.DistinctBy(f => f.Said.Name).Count() < fields.Count || fields.TrueForAll(f => f.Meant is null && IsSaid(schema, f.Said.Name, f.Said.Value))) return null;
        return new(fields.Where(f => IsSaid(schema, f.Said.Name, f.Said.Value)).Select(f => KeyValuePair.Create(f.Said.Name, f.Meant ?? NodeOf(f.Said.Value))));
    }

    /// <summary>Null for what may be left out says nothing.</summary>
    static bool IsSaid(JsonElement schema, string name, JsonElement value) => value.ValueKind != JsonValueKind.Null || PropertyOf(schema, name) is null || IsRequired(schema, name);

    static JsonNode? FromText(JsonElement schema, string[] types, JsonElement value)
    {
        var text = value.GetString()!.Trim();
        if (types.Contains("integer") && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) return JsonValue.Create(number);
        if (types.Contains("boolean") && bool.TryParse(text, out var flag)) return JsonValue.Create(flag);
        if (types.Contains("array") && text.StartsWith('[') || types.Contains("object") && text.StartsWith('{'))
            try
            {
                using var document = JsonDocument.Parse(text);
                var inside = document.RootElement.Clone();
                return Meant(schema, inside) ?? NodeOf(inside);
            }
            catch (JsonException)
            {
                // A text that only looks like it.
            }
        return null;
    }

    /// <summary>One of an enum, in whatever case.</summary>
    static JsonValue? Spelt(JsonElement schema, JsonElement value) =>
        schema.TryGetProperty("enum", out var valid) && valid.EnumerateArray().Where(v => v.ValueKind == JsonValueKind.String && string.Equals(v.GetString(), value.GetString(), StringComparison.OrdinalIgnoreCase)).ToArray() is [var one] && !one.ValueEquals(value.GetString()) ? JsonValue.Create(one) : null;

    /// <summary>Null for a number with a fraction.</summary>
    static long? Whole(JsonElement value) => value.TryGetInt64(out var whole) ? whole
        : value.TryGetDecimal(out var number) && decimal.IsInteger(number) && number is >= long.MinValue and <= long.MaxValue ? (long)number : null;

    static bool IsRequired(JsonElement schema, string name) => schema.TryGetProperty("required", out var required) && required.EnumerateArray().Any(r => r.GetString() == name);

    static JsonElement? PropertyOf(JsonElement schema, string name) =>
        schema.TryGetProperty("properties", out var properties) && properties.TryGetProperty(name, out var property) && property.ValueKind == JsonValueKind.Object ? property : null;

    /// <summary>The value itself, not a copy.</summary>
    static JsonNode? NodeOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.Object => JsonObject.Create(value),
        JsonValueKind.Array => JsonArray.Create(value),
        _ => JsonValue.Create(value),
    };

    static JsonElement ElementOf(JsonNode value)
    {
        using var document = JsonDocument.Parse(value.ToJsonString());
        return document.RootElement.Clone();
    }
}
