using System.Text.Json;
using MeshMcp.Contracts.Errors;
using MeshMcp.Tools.Calls;
using MeshMcp.Tools.Changes;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Tools.Answers;

/// <summary>A tool whose refusals, too, are plain text, and whose hints its caller can follow: many are told by nodes.</summary>
/// <param name="toolset">Its name.</param>
/// <param name="isUsual">Clients that say nothing about toolsets see it.</param>
/// <param name="answer">The schema of what it answers a model.</param>
sealed class MeshTool(McpServerTool tool, string toolset, bool isUsual, JsonElement answer) : DelegatingMcpServerTool(tool)
{
    /// <summary>What clients are told of answers: whole schemas would cost more than all else that they are told of tools. Those are in the OpenAPI document.</summary>
    static readonly JsonElement AnObject = JsonElement.Parse("""{"type":"object"}""");

    public static MeshTool Of(Delegate method, string toolset, bool isUsual)
    {
        var tool = Create(method, new() { SerializerOptions = ToolJson.WithProtocol, SchemaCreateOptions = Schemas.Options });
        // The tool has it already; said twice it costs twice.
        if (tool.ProtocolTool.Annotations is { } hints) Shorten(hints);
        tool.ProtocolTool.InputSchema = Schemas.WithoutNull(tool.ProtocolTool.InputSchema);
        if (DryRun.Has(tool.ProtocolTool)) tool.ProtocolTool.InputSchema = DryRun.AddedTo(tool.ProtocolTool.InputSchema);
        var answer = Brief.Schema(tool.ProtocolTool.OutputSchema!.Value);
        tool.ProtocolTool.OutputSchema = AnObject;
        return new(tool, toolset, isUsual, answer);
    }

    /// <summary>What the protocol takes for granted is left out: that a tool changes something, that it is not the same twice; and what becomes of a change does not concern one that only reads.</summary>
    static void Shorten(ToolAnnotations hints)
    {
        hints.Title = null;
        if (hints.ReadOnlyHint == true) (hints.DestructiveHint, hints.IdempotentHint) = (null, null);
        else (hints.ReadOnlyHint, hints.IdempotentHint) = (null, hints.IdempotentHint == true ? true : null);
    }

    public string Toolset => toolset;

    public JsonElement Answer => answer;

    public bool IsIn(ShownTools choice) =>
        (choice.Toolsets is { } asked ? asked.Any(t => t == ShownTools.All || t == toolset || t == ShownTools.Default && isUsual) : isUsual) && (!choice.ReadOnly || ProtocolTool.Annotations?.ReadOnlyHint == true);

    bool TellsOutcome { get; } = answer.TryGetProperty("properties", out var members) && members.TryGetProperty("outcome", out _);

    public override async ValueTask<CallToolResult> InvokeAsync(RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken = default)
    {
        try
        {
            var result = ToldHints.In(await base.InvokeAsync(request, cancellationToken), request.Has);
            if (result.StructuredContent is { } whole && !request.Call().IsProgram) result.StructuredContent = Brief.Of(whole, answer);
            return result;
        }
        catch (MeshException e)
        {
            var told = PlainText.Of(Hints.ForTools(e.Error, request.Has));
            if (TellsOutcome && !request.Call().IsProgram && ChangeException.OutcomeOf(e) is { } outcome)
                told = told with { Hint = $"{told.Hint} outcome: {outcome.ToString().ToLowerInvariant()}.".TrimStart() };
            throw new MeshException(told, e) { IsOfNode = e.IsOfNode };
        }
    }
}
