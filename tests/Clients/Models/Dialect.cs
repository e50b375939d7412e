using System.Text.Json;
using System.Text.Json.Nodes;

namespace MeshMcp.Clients.Models;

/// <summary>A tool as a client's model calls it.</summary>
/// <param name="Namespace">Where the dialect has such.</param>
sealed record ToolName(string Name, string? Namespace = null);

/// <summary>One call that the model makes.</summary>
/// <param name="Id">By which its result is found; no other call of the session has it.</param>
sealed record ModelCall(string Id, ToolName Tool, JsonObject Arguments);

/// <summary>How a client speaks with its model: what it shows the model, and how the model's answers are written. Stateless.</summary>
abstract class Dialect
{
    public abstract bool Speaks(PathString path);

    /// <summary>Whether this is the conversation, and not a title or a summary that the client has made beside it.</summary>
    public virtual bool Converses(JsonNode request) => Tools(request).Count() > 5;

    /// <summary>The definitions of all tools that the model is given, each by its name with its namespace.</summary>
    public abstract IEnumerable<(string Name, JsonNode Definition)> Tools(JsonNode request);

    /// <summary>What the model reads as the call's result; null: it is given none.</summary>
    public abstract string? Result(JsonNode request, ModelCall call);

    /// <summary>All texts that the model reads, results left out.</summary>
    public abstract IEnumerable<string> Texts(JsonNode request);

    /// <param name="call">Null: the model says that it is done.</param>
    public abstract Task AnswerAsync(HttpContext context, JsonNode request, ModelCall? call);

    protected static async Task StreamAsync(HttpContext context, params IEnumerable<(string? Event, JsonObject Data)> parts)
    {
        context.Response.ContentType = "text/event-stream";
        foreach (var (name, data) in parts)
            await context.Response.WriteAsync($"{(name is null ? "" : $"event: {name}\n")}data: {data.ToJsonString()}\n\n", context.RequestAborted);
    }

    protected static IEnumerable<JsonNode> Items(JsonNode? list) => list is JsonArray array ? array.OfType<JsonNode>() : [];

    protected static IEnumerable<(string Name, JsonNode Definition)> Named(JsonNode? tools, string prefix = "") =>
        Items(tools).Select(t => (prefix + Text(t["name"]), t));

    protected static string? Text(JsonNode? node) => node is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;

    /// <summary>Of a text, or a list of blocks that have texts; other blocks (images) count as they are written.</summary>
    protected static string Joined(JsonNode? content) => Text(content) ?? string.Join('\n', Items(content).Select(b => Text(b["text"]) ?? b.ToJsonString()));
}
