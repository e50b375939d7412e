using System.Text.Json.Nodes;
using System.Text.Json;
using MeshMcp.Contracts.Errors;
using MeshMcp.Server.Mcp.Filters;

namespace MeshMcp.Server.Api;

/// <summary>The arguments of a tool as a request gives them.</summary>
static class ApiArguments
{
    const string Json = "application/json";

    /// <summary>From path, query and body; what is in the query becomes a list where <paramref name="schema"/> has one.</summary>
    /// <param name="schema">The tool's input schema, which later judges what is found here.</param>
    /// <exception cref="MeshException">InvalidArgument: the body is no JSON (with line and column) or no object, or an argument is given twice.</exception>
    public static async Task<JsonObject> ReadAsync(HttpRequest request, ApiRoute route, JsonElement schema)
    {
        JsonObject arguments = [];
        foreach (var (name, value) in request.RouteValues)
            arguments[name] = Typed(schema, name, [value?.ToString() ?? ""]);
        foreach (var (name, values) in request.Query)
            Add(arguments, name, Typed(schema, name, [.. values.Select(v => v ?? "")]));
        if (!route.TakesBody) return arguments;
        var body = await BodyAsync(request);
        if (route.Body is { } whole) Add(arguments, whole, NodeOf(body ?? throw new MeshException(ErrorKind.InvalidArgument, "There is no body.", whole, $"Send the {whole} as the body.")));
        else if (body is { ValueKind: JsonValueKind.Object } members)
            foreach (var member in members.EnumerateObject()) Add(arguments, member.Name, NodeOf(member.Value));
        else if (body is { } other)
            throw new MeshException(ErrorKind.InvalidArgument, $"The body is {other.ValueKind.ToString().ToLowerInvariant()}, not an object.", "body", "Send an object of arguments, e.g. {\"why\":\"…\"}.");
        return arguments;
    }

    static JsonNode? NodeOf(JsonElement value) => JsonNode.Parse(value.GetRawText());

    static void Add(JsonObject arguments, string name, JsonNode? value)
    {
        if (!arguments.TryAdd(name, value))
            throw new MeshException(new MeshError(ErrorKind.InvalidArgument, $"{name} is given twice.", name, "Give it once: in the path, in the query or in the body.", [new(name, "is given twice")]));
    }

    static async Task<JsonElement?> BodyAsync(HttpRequest request)
    {
        using var bytes = new MemoryStream();
        await request.Body.CopyToAsync(bytes, request.HttpContext.RequestAborted);
        if (bytes.Length == 0) return null;
        if (request.ContentType is { } type && !type.StartsWith(Json, StringComparison.OrdinalIgnoreCase))
            throw new BadHttpRequestException($"Content-Type is {type}; it must be {Json}", StatusCodes.Status415UnsupportedMediaType);
        try
        {
            using var document = JsonDocument.Parse(bytes.GetBuffer().AsMemory(0, (int)bytes.Length), new() { AllowDuplicateProperties = false });
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            var (line, column) = ((int)(e.LineNumber ?? 0) + 1, (int)(e.BytePositionInLine ?? 0) + 1);
            throw new MeshException(new MeshError(ErrorKind.InvalidArgument, $"The body is no JSON: line {line}, column {column}.", "body", "Correct the text at that place.",
                [new("$", e.Message.Split(" LineNumber:")[0]) { Line = line, Column = column }]), e);
        }
    }

    /// <summary>A list stays one; a text in the place of something else is taken as what it means, as over MCP.</summary>
    static JsonNode? Typed(JsonElement schema, string name, IReadOnlyList<string> values) =>
        schema.TryGetProperty("properties", out var properties) && properties.TryGetProperty(name, out var property) && ArgumentFilter.TypesOf(property).Contains("array")
            ? new JsonArray([.. values.Select(v => JsonValue.Create(v))])
            : JsonValue.Create(values[^1]);
}
