using System.Text.Json.Nodes;

namespace MeshMcp.Clients.Models;

/// <summary>The Gemini API, of Gemini CLI. A call has no id there: its result is the last of the tool's name.</summary>
sealed class GenerateContentDialect : Dialect
{
    const string Whole = ":generateContent", Stream = ":streamGenerateContent";

    public override bool Speaks(PathString path) => path.Value is { } text && (text.EndsWith(Whole, StringComparison.Ordinal) || text.EndsWith(Stream, StringComparison.Ordinal));

    public override IEnumerable<(string Name, JsonNode Definition)> Tools(JsonNode request) => Items(request["tools"]).SelectMany(t => Named(t["functionDeclarations"]));

    public override string? Result(JsonNode request, ModelCall call) =>
        Items(Items(request["contents"]).LastOrDefault()?["parts"]).Select(p => p["functionResponse"]).LastOrDefault(r => Text(r?["name"]) == call.Tool.Name) is { } result
            ? Text(result["response"]?["output"]) ?? Text(result["response"]?["error"]) ?? result["response"]?.ToJsonString()
            : null;

    public override IEnumerable<string> Texts(JsonNode request) =>
        Items(request["contents"]).Append(request["systemInstruction"]).SelectMany(c => Items(c?["parts"])).Select(p => Text(p["text"])).OfType<string>();

    public override Task AnswerAsync(HttpContext context, JsonNode request, ModelCall? call)
    {
        JsonObject part = call is null ? new() { ["text"] = "done" } : new() { ["functionCall"] = new JsonObject { ["name"] = call.Tool.Name, ["args"] = call.Arguments.DeepClone() } };
        JsonObject answer = new()
        {
            ["candidates"] = new JsonArray(new JsonObject { ["content"] = new JsonObject { ["role"] = "model", ["parts"] = new JsonArray(part) }, ["finishReason"] = "STOP", ["index"] = 0 }),
            ["usageMetadata"] = new JsonObject { ["totalTokenCount"] = 2 },
        };
        return Speaks(context.Request.Path) && context.Request.Path.Value!.EndsWith(Stream, StringComparison.Ordinal)
            ? StreamAsync(context, (null, answer))
            : context.Response.WriteAsync(answer.ToJsonString(), context.RequestAborted);
    }
}
