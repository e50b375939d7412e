using MeshMcp.Contracts.Nodes;
using MeshMcp.Tools.Calls;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Tools.Nodes;

/// <summary>What a node learns of the caller.</summary>
public static class CallerIdentities
{
    public static CallerIdentity Identity(this RequestContext<CallToolRequestParams> context) => context.Call().Identity(context.Params?.Name);

    public static CallerIdentity Identity(this ICallContext call, string? tool = null) => new(call.CallerName, call.Scopes.Max(), tool);
}
