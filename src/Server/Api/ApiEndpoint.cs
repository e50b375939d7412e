using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Trust;
using MeshMcp.Server.Http;
using MeshMcp.Server.Mcp.Filters;
using MeshMcp.Server.Mcp;
using MeshMcp.Tools.Calls;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using ModelContextProtocol;

namespace MeshMcp.Server.Api;

/// <summary>REST: each request of <see cref="ApiRoutes"/> is a call of its tool, answered with the tool's structured content.</summary>
sealed class ApiEndpoint(ToolExchange exchange, ApiRoutes requests)
{
    static readonly JsonTypeInfo<CallToolResult> Result = (JsonTypeInfo<CallToolResult>)McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(CallToolResult));

    readonly IReadOnlyDictionary<string, McpServerTool> _tools = exchange.Tools;

    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (var route in requests.All)
            routes.MapMethods(route.Path, [route.Method], (RequestDelegate)(context => ApiFaults.ToldAsync(context, () => AnswerAsync(context, route))));
    }

    async Task AnswerAsync(HttpContext context, ApiRoute route)
    {
        var tool = _tools[route.Tool];
        var arguments = await ApiArguments.ReadAsync(context.Request, route, tool.ProtocolTool.InputSchema);
        if (route.Tool == "apply_state" && RevisionOf(context.Request) is { } revision) arguments.TryAdd("expectedRevision", revision);
        var call = new HttpCall(context, isProgram: true);
        if (ScopeFilter.Missing(call, tool) is { } scope) BearerChallenge.InsufficientScope(context, scope);
        if (!context.Request.AcceptsEvents())
        {
            var (body, error) = await CallAsync(context, route.Tool, arguments, call, null);
            await (error is null ? WriteAsync(context, body!) : ApiAnswers.ProblemAsync(context, ApiProblem.Of(error, context.Request.Path)));
            return;
        }
        // The first event sends the headers, and then it would be too late for the tool to end the connection in words the client hears.
        if (IsChange(tool)) context.Response.Headers.Connection = "close";
        await StreamAsync(context, route, arguments, call);
    }

    async Task StreamAsync(HttpContext context, ApiRoute route, JsonObject arguments, HttpCall call)
    {
        context.Response.BeginEvents();
        var (body, error) = await CallAsync(context, route.Tool, arguments, call, TellAsync);
        if (error is null) await context.SendEventAsync("result", body!);
        else await context.SendEventAsync("problem", ApiAnswers.Node(context, ApiProblem.Of(error, context.Request.Path)));

        async Task TellAsync(JsonObject progress)
        {
            try
            {
                await context.SendEventAsync("progress", Shown(progress));
            }
            catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
            {
                // Nobody hears it, and what goes on is not to fail by that.
            }
        }
    }

    async Task<(JsonNode? Body, MeshError? Error)> CallAsync(HttpContext context, string tool, JsonObject arguments, HttpCall call, Func<JsonObject, Task>? told)
    {
        var parameters = new JsonObject { ["name"] = tool, ["arguments"] = arguments };
        // A browser tab that closes, a curl that times out: that stops a question, and not a change half-way; rollback does.
        var ct = IsChange(_tools[tool]) ? CancellationToken.None : context.RequestAborted;
        var said = await exchange.AskAsync(RequestMethods.ToolsCall, parameters, call, context.RequestServices, told, ct);
        if (said is not JsonRpcResponse { Result: var json }) return (null, new(ErrorKind.Bug, ((JsonRpcError)said).Error.Message, tool));
        var result = json.Deserialize(Result)!;
        return ErrorResult.In(result) is { } error ? (null, error) : (BodyOf(result), null);
    }

    static bool IsChange(McpServerTool tool) => RequiresScopeAttribute.Of(tool) != Scope.Read;

    /// <summary>A QR code that the tool draws goes along, as the address of an image.</summary>
    static JsonObject BodyOf(CallToolResult result)
    {
        var body = JsonObject.Create(result.StructuredContent!.Value)!;
        var images = result.Content.OfType<ImageContentBlock>().Select(i => i.Address()).ToList();
        if (images.Count > 0) body["images"] = new JsonArray([.. images.Select(i => JsonValue.Create(i))]);
        return body;
    }

    static Task WriteAsync(HttpContext context, JsonNode body)
    {
        if (body["revision"]?.GetValue<string>() is { } revision) context.Response.Headers.ETag = $"\"{revision}\"";
        return ApiAnswers.JsonAsync(context, body);
    }

    static JsonObject Shown(JsonObject progress)
    {
        var shown = progress.DeepClone().AsObject();
        shown.Remove("progressToken");
        return shown;
    }

    static string? RevisionOf(HttpRequest request) => request.Headers.IfMatch.ToString().Trim() is { Length: > 0 } tag and not "*" ? tag.Trim('"') : null;
}
