using System.Text.Json.Nodes;

namespace MeshMcp.Clients.Models;

/// <summary>The Responses API, of Codex. Tools of a server are in a namespace.</summary>
sealed class ResponsesDialect : Dialect
{
    public override bool Speaks(PathString path) => path == "/v1/responses";

    public override IEnumerable<(string Name, JsonNode Definition)> Tools(JsonNode request) =>
        Items(request["tools"]).SelectMany(t => Text(t["type"]) == "namespace" ? Named(t["tools"], $"{Text(t["name"])}__") : Named(new JsonArray(t.DeepClone())));

    public override string? Result(JsonNode request, ModelCall call) =>
        Items(request["input"]).LastOrDefault(i => Text(i["type"]) == "function_call_output" && Text(i["call_id"]) == call.Id) is { } item ? Joined(item["output"]) : null;

    public override IEnumerable<string> Texts(JsonNode request) =>
        [Joined(request["instructions"]), .. Items(request["tools"]).Select(t => Text(t["description"])).OfType<string>(), .. Items(request["input"]).Where(i => Text(i["type"]) == "message").Select(i => Joined(i["content"]))];

    public override Task AnswerAsync(HttpContext context, JsonNode request, ModelCall? call)
    {
        JsonObject item = call is null
            ? new() { ["type"] = "message", ["id"] = "m_done", ["role"] = "assistant", ["content"] = new JsonArray(new JsonObject { ["type"] = "output_text", ["text"] = "done" }) }
            : new() { ["type"] = "function_call", ["id"] = $"fc_{call.Id}", ["call_id"] = call.Id, ["name"] = call.Tool.Name, ["arguments"] = call.Arguments.ToJsonString() };
        if (call?.Tool.Namespace is { } within) item["namespace"] = within;
        var id = $"resp_{context.TraceIdentifier}";
        return StreamAsync(context, new JsonObject[]
        {
            new() { ["type"] = "response.created", ["response"] = new JsonObject { ["id"] = id, ["object"] = "response", ["status"] = "in_progress", ["output"] = new JsonArray() } },
            new() { ["type"] = "response.output_item.done", ["output_index"] = 0, ["item"] = item },
            new()
            {
                ["type"] = "response.completed",
                ["response"] = new JsonObject
                {
                    ["id"] = id, ["object"] = "response", ["status"] = "completed", ["output"] = new JsonArray(item.DeepClone()),
                    ["usage"] = new JsonObject { ["input_tokens"] = 1, ["output_tokens"] = 1, ["total_tokens"] = 2 },
                },
            },
        }.Select(data => (Text(data["type"]), data)));
    }
}
