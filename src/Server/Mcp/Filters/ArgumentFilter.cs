using System.Text.Json;
using MeshMcp.Contracts.Errors;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Server.Mcp.Filters;

/// <summary>Holds arguments against the tool's schema before the tool runs, so that a model hears every fault at once and what was probably meant.</summary>
static class ArgumentFilter
{
    public static McpRequestHandler<CallToolRequestParams, CallToolResult> Filter(McpRequestHandler<CallToolRequestParams, CallToolResult> next) => (context, ct) =>
    {
        if (context.MatchedPrimitive is McpServerTool { ProtocolTool: var tool } && Check(tool.InputSchema, context.Params?.Arguments) is { Count: > 0 } problems)
            throw new MeshException(new MeshError(ErrorKind.InvalidArgument, $"The arguments of {tool.Name} are not valid", tool.Name, Problems: problems));
        return next(context, ct);
    };

    /// <summary>Arguments and fields that are unknown, missing or given twice, wrong JSON types, values outside an enum, null in a list, at every depth; deeper rules are the tool's own.</summary>
    public static IReadOnlyList<Problem> Check(JsonElement schema, IDictionary<string, JsonElement>? arguments)
    {
        List<Problem> problems = [];
        CheckFields(schema, [.. (arguments ?? new Dictionary<string, JsonElement>()).Select(a => (a.Key, a.Value))], "", "argument", problems);
        return problems;
    }

    /// <summary>Empty where the schema leaves it open.</summary>
    public static string[] TypesOf(JsonElement schema) =>
        schema.ValueKind != JsonValueKind.Object || !schema.TryGetProperty("type", out var type) ? []
        : type.ValueKind == JsonValueKind.Array ? [.. type.EnumerateArray().Select(t => t.GetString()!)] : [type.GetString()!];

    /// <param name="word">What a field is called here.</param>
    static void CheckFields(JsonElement schema, IReadOnlyList<(string Name, JsonElement Value)> fields, string path, string word, List<Problem> problems)
    {
        var properties = schema.TryGetProperty("properties", out var given) ? given.EnumerateObject().ToDictionary(p => p.Name, p => p.Value) : [];
        foreach (var twice in fields.CountBy(f => f.Name).Where(f => f.Value > 1)) problems.Add(new(path + twice.Key, $"this {word} is given twice"));
        foreach (var (name, value) in fields)
            if (!properties.TryGetValue(name, out var expected))
                problems.Add(new(path + name, $"there is no such {word}; there {(properties.Count == 1 ? "is" : "are")}: {string.Join(", ", properties.Keys.DefaultIfEmpty("none"))}", Nearest: Nearest.To(name, properties.Keys)));
            else CheckValue(expected, value, path + name, problems);
        if (schema.TryGetProperty("required", out var required))
            foreach (var name in required.EnumerateArray().Select(r => r.GetString()!).Where(n => fields.All(f => f.Name != n)))
                problems.Add(new(path + name, $"this {word} is required"));
    }

    static void CheckValue(JsonElement schema, JsonElement value, string path, List<Problem> problems)
    {
        var types = TypesOf(schema);
        if (types.Length > 0 && !types.Any(t => Is(t, value)))
        {
            problems.Add(new(path, $"must be {string.Join(" or ", types.Where(t => t != "null"))}, not {Told(value)}"));
            return;
        }
        if (schema.ValueKind != JsonValueKind.Object) return;
        if (schema.TryGetProperty("enum", out var valid) && value.ValueKind == JsonValueKind.String)
        {
            string[] names = [.. valid.EnumerateArray().Where(v => v.ValueKind == JsonValueKind.String).Select(v => v.GetString()!)];
            if (!names.Contains(value.GetString())) problems.Add(new(path, $"must be one of {string.Join(", ", names)}", Nearest: Nearest.To(value.GetString()!, names)));
        }
        if (value.ValueKind == JsonValueKind.Array && schema.TryGetProperty("items", out var items))
        {
            var index = 0;
            foreach (var item in value.EnumerateArray())
            {
                var at = $"{path}[{index++}]";
                if (item.ValueKind == JsonValueKind.Null) problems.Add(new(at, "must not be null"));
                else CheckValue(items, item, at, problems);
            }
        }
        if (value.ValueKind == JsonValueKind.Object && schema.TryGetProperty("properties", out _))
            CheckFields(schema, [.. value.EnumerateObject().Select(p => (p.Name, p.Value))], $"{path}.", "field", problems);
    }

    /// <summary>Whole numbers of arguments have 32 bits.</summary>
    static bool Is(string type, JsonElement value) => type switch
    {
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out _),
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        _ => Kind(value) == type,
    };

    static string Told(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.String when BrokenAt(value.GetString()!) is { } place => $"a text that is no JSON: {place}",
        _ => Kind(value),
    };

    /// <summary>Where a text that begins as an object or a list does stops being one; null for all others.</summary>
    static string? BrokenAt(string text)
    {
        if (text.TrimStart() is not ['{' or '[', ..]) return null;
        try
        {
            JsonDocument.Parse(text).Dispose();
            return null;
        }
        catch (JsonException e)
        {
            return $"line {e.LineNumber + 1}, column {e.BytePositionInLine + 1}";
        }
    }

    static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True or JsonValueKind.False => "boolean",
        JsonValueKind.Undefined => "nothing",
        var kind => kind.ToString().ToLowerInvariant(),
    };
}
