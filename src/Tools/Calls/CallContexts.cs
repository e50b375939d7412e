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

    public static ICallContext Call(this JsonRpcMessage message) =>
        message.Context?.Items?.TryGetValue(Key, out var call) == true && call is ICallContext found
            ? found
            : throw new InvalidOperationException("The transport attached no caller to this message.");
}
