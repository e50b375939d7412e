using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Server.Mcp.Filters;

/// <summary>
/// An initialize that asks for a version we do not know is answered with our newest session version, as every revision with initialize demands.
/// The package refuses versions newer than its own instead.
/// </summary>
static class VersionFilter
{
    public static McpMessageHandler Filter(McpMessageHandler next) => (context, ct) =>
    {
        if (context.JsonRpcMessage is JsonRpcRequest { Method: RequestMethods.Initialize, Params: JsonObject parameters }
            && parameters["protocolVersion"] is JsonValue version && version.TryGetValue(out string? asked) && !ProtocolVersions.Sessions.Contains(asked))
            parameters["protocolVersion"] = ProtocolVersions.NewestSession;
        return next(context, ct);
    };
}
