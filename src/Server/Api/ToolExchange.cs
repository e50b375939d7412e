using System.Text.Json.Nodes;
using MeshMcp.Server.Mcp;
using MeshMcp.Tools.Calls;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Server.Api;

/// <summary>
/// One request to the mesh's own MCP server, without a network between: whatever holds there (scopes, nodes, arguments, approval, audit, plain text)
/// holds here, because it is the same code.
/// </summary>
sealed class ToolExchange(Dialects dialects, ILoggerFactory logs)
{
    const string VersionKey = "io.modelcontextprotocol/protocolVersion", CapabilitiesKey = "io.modelcontextprotocol/clientCapabilities";

    /// <summary>A response or an error.</summary>
    /// <param name="told">Hears of progress; null: the tool is not asked to tell any.</param>
    public async Task<JsonRpcMessage> AskAsync(string method, JsonObject parameters, ICallContext call, IServiceProvider services, Func<JsonObject, Task>? told, CancellationToken ct)
    {
        parameters["_meta"] = new JsonObject { [VersionKey] = ProtocolVersions.Stateless, [CapabilitiesKey] = new JsonObject(), ["progressToken"] = told is null ? null : 1 };
        if (told is null) parameters["_meta"]!.AsObject().Remove("progressToken");
        var request = new JsonRpcRequest { Id = new(1), Method = method, Params = parameters, Context = new() { ProtocolVersion = ProtocolVersions.Stateless } };
        request.Attach(call);
        await using var wire = new OneRequest(request, told);
        await using var server = McpServer.Create(wire, dialects.Stateless, logs, services);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var running = server.RunAsync(ended.Token);
        try
        {
            return await wire.Answer.WaitAsync(ct);
        }
        finally
        {
            await ended.CancelAsync();
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>The tools by name, as everybody could be shown them.</summary>
    public IReadOnlyDictionary<string, McpServerTool> Tools => dialects.Stateless.ToolCollection!.ToDictionary(t => t.ProtocolTool.Name);
}
