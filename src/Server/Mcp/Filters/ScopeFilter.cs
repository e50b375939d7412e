using System.Text.Json;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Trust;
using MeshMcp.Tools.Calls;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Server.Mcp.Filters;

/// <summary>A caller sees the tools that it asked for and its scopes allow, and calls them about the nodes it may speak about.</summary>
static class ScopeFilter
{
    const string NodeArgument = "node";

    public static McpRequestHandler<ListToolsRequestParams, ListToolsResult> List(McpRequestHandler<ListToolsRequestParams, ListToolsResult> next) =>
        async (context, ct) =>
        {
            var result = await next(context, ct);
            result.Tools = [.. result.Tools.Where(t => context.Has(t.Name))];
            return result;
        };

    public static McpRequestHandler<CallToolRequestParams, CallToolResult> Call(McpRequestHandler<CallToolRequestParams, CallToolResult> next) => (context, ct) =>
    {
        if (context.MatchedPrimitive is not McpServerTool tool) return next(context, ct);
        context.Call().MustShow(tool);
        Check(context.Call(), tool, context.Params?.Arguments);
        return next(context, ct);
    };

    /// <summary>The node that a call is about; null where it names none.</summary>
    public static string? NodeIn(IDictionary<string, JsonElement>? arguments) => arguments?.TryGetValue(NodeArgument, out var node) == true && node.ValueKind == JsonValueKind.String ? node.GetString() : null;

    static void Check(ICallContext call, McpServerTool tool, IDictionary<string, JsonElement>? arguments)
    {
        var name = tool.ProtocolTool.Name;
        if (Missing(call, tool) is { } scope)
            throw new MeshException(ErrorKind.PermissionDenied, $"{name} needs scope '{scope}', which '{call.CallerName}' does not have", name,
                "Ask the operator for a token with that scope.");
        if (NodeIn(arguments) is { } node) call.MustReach(node, name);
    }

    /// <summary>The scope, in its written form, that <paramref name="tool"/> needs and the caller lacks.</summary>
    public static string? Missing(ICallContext call, McpServerTool tool)
    {
        var needed = RequiresScopeAttribute.Of(tool);
        return call.Scopes.Contains(needed) ? null : Written(needed);
    }

    /// <summary>As tokens and the resource metadata spell it.</summary>
    public static string Written(Scope scope) => scope switch
    {
        Scope.Read => "read",
        Scope.Operate => "operate",
        _ => "admin",
    };
}
