using MeshMcp.Contracts.Nodes;
using MeshMcp.Tools.Calls;

namespace MeshMcp.Tools.Nodes;

/// <summary>What a node learns of the caller.</summary>
static class CallerIdentities
{
    public static CallerIdentity Identity(this ICallContext call) => new(call.CallerName, call.Scopes.Max());
}
