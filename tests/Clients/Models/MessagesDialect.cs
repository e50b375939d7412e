using System.Text.Json.Nodes;

namespace MeshMcp.Clients.Models;

/// <summary>The Messages API, of Claude Code.</summary>
sealed class MessagesDialect : Dialect
{
    public override bool Speaks(PathString path) => path == "/v1/messages";

    public override IEnumerable<(string Name, JsonNode Definition)> Tools(JsonNode request) => Named(request["tools"]);

    public override string? Result(JsonNode request, ModelCall call) =>
        Blocks(request).LastOrDefault(b => Text(b["tool_use_id"]) == call.Id) is { } block ? Joined(block["content"]) : null;

    public override IEnumerable<string> Texts(JsonNode request) =>
        [Joined(request["system"]), .. Items(request["messages"]).Select(m => Text(m["content"])).OfType<string>(), .. Blocks(request).Select(b => Text(b["text"])).OfType<string>()];

    static IEnumerable<JsonNode> Blocks(JsonNode request) => Items(request["messages"]).SelectMany(m => Items(m["content"]));

    public override Task AnswerAsync(HttpContext context, JsonNode request, ModelCall? call)
    {
        JsonObject block = call is null
            ? new() { ["type"] = "text", ["text"] = "done" }
            : new() { ["type"] = "tool_use", ["id"] = call.Id, ["name"] = call.Tool.Name, ["input"] = call.Arguments.DeepClone() };
        var stop = call is null ? "end_turn" : "tool_use";
        var streams = request["stream"]?.GetValue<bool>() == true;
        JsonObject message = new()
        {
            ["id"] = $"msg_{context.TraceIdentifier}", ["type"] = "message", ["role"] = "assistant", ["model"] = Text(request["model"]),
            ["content"] = streams ? new JsonArray() : new JsonArray(block), ["stop_reason"] = streams ? null : stop, ["stop_sequence"] = null,
            ["usage"] = new JsonObject { ["input_tokens"] = 1, ["output_tokens"] = 1 },
        };
        if (!streams) return context.Response.WriteAsync(message.ToJsonString(), context.RequestAborted);
        JsonObject delta = call is null
            ? new() { ["type"] = "text_delta", ["text"] = "done" }
            : new() { ["type"] = "input_json_delta", ["partial_json"] = call.Arguments.ToJsonString() };
        if (call is not null) block["input"] = new JsonObject();
        return StreamAsync(context, new JsonObject[]
        {
            new() { ["type"] = "message_start", ["message"] = message },
            new() { ["type"] = "content_block_start", ["index"] = 0, ["content_block"] = block },
            new() { ["type"] = "content_block_delta", ["index"] = 0, ["delta"] = delta },
            new() { ["type"] = "content_block_stop", ["index"] = 0 },
            new() { ["type"] = "message_delta", ["delta"] = new JsonObject { ["stop_reason"] = stop, ["stop_sequence"] = null }, ["usage"] = new JsonObject { ["output_tokens"] = 1 } },
            new() { ["type"] = "message_stop" },
        }.Select(data => (Text(data["type"]), data)));
    }
}
