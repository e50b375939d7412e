using MeshMcp.Contracts.Errors;
using MeshMcp.Tools.Calls;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Tools.Answers;

/// <summary>A tool whose refusals, too, are plain text, and whose hints its caller can follow: many are told by nodes.</summary>
sealed class MeshTool(McpServerTool tool) : DelegatingMcpServerTool(tool)
{
    public static MeshTool Of(Delegate method)
    {
        var tool = Create(method, new() { SerializerOptions = ToolJson.WithProtocol, SchemaCreateOptions = Schemas.Options });
        // The tool has it already; said twice it costs twice.
        if (tool.ProtocolTool.Annotations is { } hints) hints.Title = null;
        return new(tool);
    }

    public override async ValueTask<CallToolResult> InvokeAsync(RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken = default)
    {
        try
        {
            return ToldHints.In(await base.InvokeAsync(request, cancellationToken), request.Has);
        }
        catch (MeshException e)
        {
            throw new MeshException(PlainText.Of(Hints.ForTools(e.Error, request.Has)), e);
        }
    }
}
