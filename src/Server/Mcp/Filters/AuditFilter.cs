using System.Text.Json;
using MeshMcp.Contracts.Trust;
using MeshMcp.Tools.Calls;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Server.Mcp.Filters;

/// <summary>Writes down every call of a tool that can change something: who, what, where, how it ended.</summary>
sealed partial class AuditFilter(ILogger log, TimeProvider time)
{
    public McpRequestHandler<CallToolRequestParams, CallToolResult> Filter(McpRequestHandler<CallToolRequestParams, CallToolResult> next) => async (context, ct) =>
    {
        if (context.MatchedPrimitive is not McpServerTool tool || RequiresScopeAttribute.Of(tool) == Scope.Read) return await next(context, ct);
        var started = time.GetTimestamp();
        var outcome = "interrupted";
        try
        {
            var result = await next(context, ct);
            outcome = result.IsError is true ? "refused" : "done";
            return result;
        }
        catch (InputRequiredException)
        {
            outcome = "the user is asked";
            throw;
        }
        finally
        {
            LogCall(log, context.Call().CallerName, tool.ProtocolTool.Name, Node(context.Params?.Arguments), outcome, time.GetElapsedTime(started).TotalMilliseconds);
        }
    };

    /// <summary>As it was given, so without what could forge a line of the log.</summary>
    static string Node(IDictionary<string, JsonElement>? arguments) =>
        arguments?.TryGetValue("node", out var node) == true && node.ValueKind == JsonValueKind.String
            ? new([.. node.GetString()!.Where(c => !char.IsControl(c)).Take(64)])
            : "-";

    [LoggerMessage(Level = LogLevel.Information, Message = "{Caller} called {Tool} on {Node}: {Outcome} in {Milliseconds:0} ms")]
    static partial void LogCall(ILogger log, string caller, string tool, string node, string outcome, double milliseconds);
}
