using System.Text.Json;
using System.Text.Json.Nodes;
using MeshMcp.Contracts.Json;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Server.Mcp.Filters;

/// <summary>Parameters that cannot be read are invalid ones (-32602), told by their name. The package calls that its own fault, or leaves aside what it does not look at.</summary>
static class ParameterFilter
{
    /// <summary>What a method cannot do without.</summary>
    static readonly Dictionary<string, string> Needed = new()
    {
        [RequestMethods.ToolsCall] = "name",
        [RequestMethods.PromptsGet] = "name",
        [RequestMethods.ResourcesRead] = "uri",
        [RequestMethods.ResourcesSubscribe] = "uri",
        [RequestMethods.ResourcesUnsubscribe] = "uri",
    };

    /// <summary>Those that come in pages elsewhere: ours is one.</summary>
    static readonly HashSet<string> Lists = [RequestMethods.ToolsList, RequestMethods.ResourcesList, RequestMethods.ResourcesTemplatesList, RequestMethods.PromptsList];

    public static McpMessageHandler Filter(McpMessageHandler next) => async (context, ct) =>
    {
        if (context.JsonRpcMessage is not JsonRpcRequest request)
        {
            await next(context, ct);
            return;
        }
        if (FaultOf(request) is { } fault) throw new McpProtocolException(fault, McpErrorCode.InvalidParams);
        try
        {
            await next(context, ct);
        }
        catch (JsonException e)
        {
            throw new McpProtocolException($"params{e.Path?.TrimStart('$')} of {request.Method} cannot be read: {e.Message}", e, McpErrorCode.InvalidParams);
        }
    };

    static string? FaultOf(JsonRpcRequest request)
    {
        if (request.Params is not (null or JsonObject)) return $"params of {request.Method} must be an object, not {Kind(request.Params)}";
        var parameters = request.Params as JsonObject;
        if (Needed.TryGetValue(request.Method, out var needed) && parameters?[needed] is var value && value?.GetValueKind() != JsonValueKind.String)
            return $"{request.Method} needs {needed}, a string{(value is null ? "" : $", not {Kind(value)}")}";
        if (needed == "name" && parameters?["arguments"] is { } arguments and not JsonObject) return $"arguments of {request.Method} must be an object, not {Kind(arguments)}";
        if (Lists.Contains(request.Method) && parameters?["cursor"] is { } cursor)
            return cursor.GetValueKind() == JsonValueKind.String ? $"There is no such cursor: {request.Method} answers with everything at once, so ask without one" : $"cursor of {request.Method} must be a string, not {Kind(cursor)}";
        return null;
    }

    static string Kind(JsonNode value) => JsonShape.Describe(JsonElement.Parse(value.ToJsonString()));
}
