using System.Text.Json;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Trust;
using MeshMcp.Tools.Calls;
using MeshMcp.Tools.Nodes;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Server.Mcp.Filters;

/// <summary>A caller sees the tools its scopes allow, and calls them about the nodes it may speak about.</summary>
static class ScopeFilter
{
    const string NodeArgument = "node";
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static McpRequestHandler<ListToolsRequestParams, ListToolsResult> List(McpServerOptions options, McpRequestHandler<ListToolsRequestParams, ListToolsResult> next) =>
        async (context, ct) =>
        {
            var result = await next(context, ct);
            var scopes = context.Call().Scopes;
            result.Tools = [.. result.Tools.Where(t => options.ToolCollection!.TryGetPrimitive(t.Name, out var tool) && scopes.Contains(RequiresScopeAttribute.Of(tool)))];
            return result;
        };

    public static McpRequestHandler<CallToolRequestParams, CallToolResult> Call(McpRequestHandler<CallToolRequestParams, CallToolResult> next) => (context, ct) =>
    {
        if (context.MatchedPrimitive is not McpServerTool tool) return next(context, ct);
        try
        {
            Check(context.Call(), tool, context.Params?.Arguments);
        }
        catch (MeshException e)
        {
            _ = ReportAsync(context, tool.ProtocolTool.Name, e.Error.Message);
            throw;
        }
        return next(context, ct);
    };

    /// <summary>The node's audit has what was refused here too. The refusal does not wait for it, and stands where the node does not answer: the server's own log has it.</summary>
    static async Task ReportAsync(RequestContext<CallToolRequestParams> context, string tool, string reason)
    {
        if (context.Services?.GetService<INodes>() is not { } nodes || context.Params?.Arguments?.TryGetValue(NodeArgument, out var node) != true || node.ValueKind != JsonValueKind.String) return;
        try
        {
            using var late = new CancellationTokenSource(Patience);
            using var client = nodes.Get(node.GetString()!, context.Call().Identity(tool));
            await client.ReportRefusalAsync(new(tool, reason), late.Token);
        }
        catch (Exception e) when (e is MeshException or OperationCanceledException)
        {
            // There is no such node, or it does not answer.
        }
    }

    static void Check(ICallContext call, McpServerTool tool, IDictionary<string, JsonElement>? arguments)
    {
        var name = tool.ProtocolTool.Name;
        if (Missing(call, tool) is { } scope)
            throw new MeshException(ErrorKind.PermissionDenied, $"{name} needs scope '{scope}', which '{call.CallerName}' does not have", name,
                "Ask the operator for a token with that scope.");
        if (call.Nodes is { } nodes && arguments?.TryGetValue(NodeArgument, out var node) == true
            && node.ValueKind == JsonValueKind.String && !nodes.Contains(node.GetString()))
            throw new MeshException(ErrorKind.PermissionDenied, $"'{call.CallerName}' may not speak about node '{node.GetString()}'", name,
                $"It may speak about: {string.Join(", ", nodes)}.");
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
