using System.Text.Json.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.Contracts.Trust;
using MeshMcp.Server.Mcp.Filters;
using MeshMcp.Server.Roles;
using MeshMcp.Tools;
using MeshMcp.Tools.Calls;
using ModelContextProtocol.Server;

namespace MeshMcp.Server.Api;

/// <summary>The OpenAPI document, made from the routes and from what the tools say of themselves.</summary>
static class OpenApi
{
    public const string Path = "/v1/openapi.json";

    const string Problem = "#/components/schemas/Problem", State = "#/components/schemas/State";

    const string About = """
        The op-dbus API of MeshMcp. Each operation is the tool of the same name that an assistant has, with the same scopes, checks, approval and audit.
        A change that asks for text/event-stream tells its progress: events `progress`, then one `result` or `problem`.
        A change whose answer has `confirmation` is undone unless confirm_change arrives in time, on a connection opened after the change.
        """;

    public static JsonObject Of(IReadOnlyDictionary<string, McpServerTool> tools)
    {
        JsonObject paths = [];
        JsonObject schemas = new() { ["Problem"] = ProblemSchema(), ["State"] = LocalReferences.Under(State, StateSchema.Document.DeepClone()) };
        foreach (var route in new ApiRoutes(tools).All)
        {
            if (paths[route.Path] is not JsonObject path) paths[route.Path] = path = [];
            path[route.Method.ToLowerInvariant()] = Operation(route, tools[route.Tool], schemas);
        }
        paths[TopologyStream.Path] = new JsonObject { ["get"] = Plain("topology", "Topology of the mesh", "Nodes, bridges, ports, containers. As text/event-stream: an event `topology` whenever it has changed, until the token is valid no longer.", ApiRefusals.Anywhere) };
        paths[Path] = new JsonObject { ["get"] = Plain("openapi", "This document", "OpenAPI 3.1.", ApiRefusals.AtTheDoor) };
        return new()
        {
            ["openapi"] = "3.1.1",
            ["info"] = new JsonObject { ["title"] = "MeshMcp", ["version"] = ServerRoles.Version, ["description"] = About, ["license"] = new JsonObject { ["name"] = "Apache License 2.0", ["identifier"] = "Apache-2.0" } },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "/", ["description"] = "Where this document was read" }),
            ["security"] = new JsonArray(new JsonObject { ["bearer"] = new JsonArray() }),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["securitySchemes"] = new JsonObject { ["bearer"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer", ["description"] = "A token of meshctl token create." } },
                ["schemas"] = schemas,
                ["responses"] = new JsonObject(ApiRefusals.All.Select(r => KeyValuePair.Create(r.Key, (JsonNode?)Refused(r.Value)))),
            },
        };
    }

    static JsonObject Operation(ApiRoute route, McpServerTool tool, JsonObject schemas)
    {
        var told = tool.ProtocolTool;
        var input = JsonNode.Parse(told.InputSchema.GetRawText())!.AsObject();
        if (LocalReferences.In(input).Any()) throw new InvalidOperationException($"The arguments of {told.Name} refer to each other, which is lost where they become parameters and a body.");
        var properties = input["properties"]?.AsObject() ?? [];
        HashSet<string> required = [.. (input["required"]?.AsArray() ?? []).Select(r => r!.GetValue<string>())];
        JsonArray parameters = [];
        JsonObject inBody = [];
        foreach (var (name, schema) in properties.ToList())
        {
            properties.Remove(name);
            var inPath = route.Path.Contains($"{{{name}}}", StringComparison.Ordinal);
            if (name == route.Body) continue;
            if (!inPath && route.TakesBody && route.Body is null) inBody[name] = schema;
            else parameters.Add((JsonNode)Parameter(name, schema!.AsObject(), inPath, inPath || required.Contains(name)));
        }
        if (route.Tool == "apply_state") parameters.Add((JsonNode)new JsonObject { ["name"] = "If-Match", ["in"] = "header", ["description"] = "The ETag of GET, as expectedRevision.", ["schema"] = new JsonObject { ["type"] = "string" } });
        var operation = new JsonObject
        {
            ["operationId"] = told.Name,
            ["summary"] = told.Title,
            ["description"] = told.Description,
            ["x-scope"] = ScopeFilter.Written(RequiresScopeAttribute.Of(tool)),
            ["parameters"] = parameters,
        };
        if (route.Body is not null) operation["requestBody"] = Body(new JsonObject { ["$ref"] = State }, true);
        else if (route.TakesBody) operation["requestBody"] = Body(ObjectOf(inBody, required), inBody.Any(p => required.Contains(p.Key)));
        var answer = tool.Metadata.OfType<McpServerToolAttribute>().Single().OutputSchemaType!.Name;
        var place = $"#/components/schemas/{answer}";
        schemas.TryAdd(answer, LocalReferences.Under(place, JsonNode.Parse(MeshTools.AnswerOf(tool).GetRawText())!));
        operation["responses"] = Responses(new JsonObject { ["$ref"] = place }, ApiRefusals.Of(route, isChange: RequiresScopeAttribute.Of(tool) != Scope.Read));
        return operation;
    }

    static JsonObject Parameter(string name, JsonObject schema, bool inPath, bool required)
    {
        var description = schema["description"]?.GetValue<string>();
        schema.Remove("description");
        var parameter = new JsonObject { ["name"] = name, ["in"] = inPath ? "path" : "query", ["description"] = description };
        if (required) parameter["required"] = true;
        parameter["schema"] = schema;
        return parameter;
    }

    static JsonObject ObjectOf(JsonObject properties, HashSet<string> required)
    {
        var schema = new JsonObject { ["type"] = "object", ["properties"] = properties, ["additionalProperties"] = false };
        string[] needed = [.. properties.Select(p => p.Key).Where(required.Contains)];
        if (needed.Length > 0) schema["required"] = new JsonArray([.. needed.Select(n => JsonValue.Create(n))]);
        return schema;
    }

    static JsonObject Body(JsonNode schema, bool required) => new() { ["required"] = required, ["content"] = Content("application/json", schema) };

    static JsonObject Plain(string id, string summary, string description, IReadOnlyList<string> refusals) => new()
    {
        ["operationId"] = id,
        ["summary"] = summary,
        ["description"] = description,
        ["x-scope"] = ScopeFilter.Written(Scope.Read),
        ["responses"] = Responses(new JsonObject { ["type"] = "object" }, refusals),
    };

    static JsonObject Responses(JsonNode output, IReadOnlyList<string> refusals) => new(
    [
        KeyValuePair.Create("200", (JsonNode?)new JsonObject { ["description"] = "Done, or what was asked for.", ["content"] = Content("application/json", output) }),
        .. refusals.Append("default").Select(status => KeyValuePair.Create(status, (JsonNode?)new JsonObject { ["$ref"] = $"#/components/responses/{status}" })),
    ]);

    static JsonObject Refused(string why) => new() { ["description"] = why, ["content"] = Content(ApiProblem.ContentType, new JsonObject { ["$ref"] = Problem }) };

    static JsonObject Content(string type, JsonNode schema) => new() { [type] = new JsonObject { ["schema"] = schema } };

    static JsonNode ProblemSchema() => System.Text.Json.Schema.JsonSchemaExporter.GetJsonSchemaAsNode(ApiProblemJson.Default.ApiProblem, new() { TreatNullObliviousAsNonNullable = true });
}
