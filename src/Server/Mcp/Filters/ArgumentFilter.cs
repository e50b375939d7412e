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

    /// <summary>Unknown and missing arguments, wrong JSON types and values outside an enum; deeper rules are the tool's own.</summary>
    public static IReadOnlyList<Problem> Check(JsonElement schema, IDictionary<string, JsonElement>? arguments)
    {
        List<Problem> problems = [];
        var hasProperties = schema.TryGetProperty("properties", out var properties);
        foreach (var (name, value) in arguments ?? new Dictionary<string, JsonElement>())
            if (!hasProperties || !properties.TryGetProperty(name, out var expected))
                problems.Add(new(name, "there is no such argument", Nearest: Nearest.To(name, hasProperties ? [.. properties.EnumerateObject().Select(p => p.Name)] : [])));
            else if (CheckValue(expected, value) is { } fault)
                problems.Add(fault with { Path = name });
        if (schema.TryGetProperty("required", out var required))
            foreach (var name in required.EnumerateArray().Select(r => r.GetString()!).Where(n => arguments?.ContainsKey(n) != true))
                problems.Add(new(name, "this argument is required"));
        return problems;
    }

    static Problem? CheckValue(JsonElement schema, JsonElement value)
    {
        if (schema.ValueKind != JsonValueKind.Object) return null;
        if (schema.TryGetProperty("type", out var type))
        {
            string[] types = type.ValueKind == JsonValueKind.Array ? [.. type.EnumerateArray().Select(t => t.GetString()!)] : [type.GetString()!];
            if (!types.Any(t => Is(t, value))) return new("", $"must be {string.Join(" or ", types)}, not {Kind(value)}");
        }
        if (schema.TryGetProperty("enum", out var valid) && value.ValueKind == JsonValueKind.String)
        {
            string[] names = [.. valid.EnumerateArray().Where(v => v.ValueKind == JsonValueKind.String).Select(v => v.GetString()!)];
            if (!names.Contains(value.GetString())) return new("", $"must be one of {string.Join(", ", names)}", Nearest: Nearest.To(value.GetString()!, names));
        }
        return null;
    }

    static bool Is(string type, JsonElement value) => type switch
    {
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        _ => Kind(value) == type,
    };

    static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True or JsonValueKind.False => "boolean",
        JsonValueKind.Undefined => "nothing",
        var kind => kind.ToString().ToLowerInvariant(),
    };
}
