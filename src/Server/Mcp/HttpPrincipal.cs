using System.Security.Claims;
using MeshMcp.Server.Http;
using MeshMcp.Tools.Calls;
using ModelContextProtocol.Server;

namespace MeshMcp.Server.Mcp;

/// <summary>The caller in the form that the package carries from a request to its messages, and binds sessions to.</summary>
/// <param name="call">Null where the door speaks for a caller.</param>
sealed class HttpPrincipal(string caller, HttpCall? call = null) : ClaimsPrincipal(new ClaimsIdentity([new(ClaimTypes.NameIdentifier, caller)], "Bearer"))
{
    readonly HttpCall? _call = call;

    /// <summary>Attaches the call of the request that brought a message.</summary>
    public static McpMessageHandler Filter(McpMessageHandler next) => (context, ct) =>
    {
        if (context.JsonRpcMessage.Context?.User is HttpPrincipal { _call: { } call }) context.JsonRpcMessage.Attach(call);
        return next(context, ct);
    };
}
