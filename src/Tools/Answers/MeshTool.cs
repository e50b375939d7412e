using MeshMcp.Contracts.Errors;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Tools.Answers;

/// <summary>A tool whose refusals, too, are plain text: many are told by nodes.</summary>
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
            return await base.InvokeAsync(request, cancellationToken);
        }
        catch (MeshException e)
        {
            throw new MeshException(PlainText.Of(e.Error), e);
        }
    }
}
