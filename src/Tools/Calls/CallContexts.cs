using MeshMcp.Contracts.Errors;
using MeshMcp.Tools.Answers;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Tools.Calls;

/// <summary>Carries the <see cref="ICallContext"/> with each message, from the transport to the tool.</summary>
public static class CallContexts
{
    const string Key = "meshmcp.call";

    /// <summary>Called by the transport once for each message it receives.</summary>
    public static void Attach(this JsonRpcMessage message, ICallContext call)
    {
        message.Context ??= new();
        (message.Context.Items ??= new Dictionary<string, object?>())[Key] = call;
    }

    /// <summary>The caller of the request that <paramref name="context"/> belongs to.</summary>
    public static ICallContext Call(this MessageContext context) => context.JsonRpcMessage.Call();

    /// <summary>Holds every node that a call is about against those the caller may speak about, however the call names it.</summary>
    /// <param name="what">The tool, or the argument, that names it.</param>
    /// <exception cref="MeshException">PermissionDenied: it is none of them.</exception>
    public static void MustReach(this ICallContext call, string node, string what)
    {
        if (call.Nodes is { } nodes && !nodes.Contains(node))
            throw new MeshException(ErrorKind.PermissionDenied, $"'{call.CallerName}' may not speak about node '{node}'", what, $"It may speak about: {string.Join(", ", nodes)}.");
    }

    /// <summary>Whether the caller can call the tool: it is there, he wants to see it, and his scopes allow it.</summary>
    public static bool Has(this MessageContext context, string tool) =>
        context.Server.ServerOptions.ToolCollection?.TryGetPrimitive(tool, out var there) == true && context.Call() is var call && call.Shows(there) && call.Scopes.Contains(RequiresScopeAttribute.Of(there));

    /// <summary>Whether the tool is among those that the caller wants to see.</summary>
    public static bool Shows(this ICallContext call, McpServerTool tool) => tool is not MeshTool ours || ours.IsIn(call.Tools);

    /// <exception cref="MeshException">NotFound: it is not, with how it would be.</exception>
    public static void MustShow(this ICallContext call, McpServerTool tool)
    {
        if (tool is not MeshTool { Toolset: var toolset } || call.Shows(tool)) return;
        var name = tool.ProtocolTool.Name;
        throw call.Tools.ReadOnly && tool.ProtocolTool.Annotations?.ReadOnlyHint != true
            ? new(ErrorKind.PermissionDenied, $"{name} changes something, and this client connected with readonly=true.", name, "Nothing was done. The user connects without it where changes are wanted.")
            : new MeshException(ErrorKind.NotFound, $"{name} is in toolset {toolset}, which this client does not show.", name,
                call.IsLocal ? $"Nothing was done. The operator names it under \"toolsets\" in the server's configuration."
                : $"Nothing was done. The user connects to /mcp?toolsets={string.Join(',', call.Tools.Toolsets ?? [ShownTools.Default])},{toolset}{(call.Tools.ReadOnly ? "&readonly=true" : "")} to have it.");
    }

    public static ICallContext Call(this JsonRpcMessage message) =>
        message.Context?.Items?.TryGetValue(Key, out var call) == true && call is ICallContext found
            ? found
            : throw new InvalidOperationException("The transport attached no caller to this message.");
}
