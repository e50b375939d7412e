using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace MeshMcp.Tasks;

/// <summary>A task of an operator's, as a model that has nothing but the tools does it. Read from <c>tasks/NAME.json</c>.</summary>
/// <param name="Question">What the operator says.</param>
/// <param name="Afterwards">What is true on the nodes once the calls are done, looked at without the tools.</param>
/// <param name="Undo">Calls that leave the nodes as they were; that they do is looked at.</param>
/// <param name="Tokens">At most, for the calls and their answers, a token being four bytes.</param>
/// <param name="Toolsets">What the client asks for beside the default tools.</param>
sealed record OperatorTask(string Question, IReadOnlyList<TaskCall> Calls, int Tokens, IReadOnlyList<Look>? Afterwards = null, IReadOnlyList<TaskCall>? Undo = null, string? Toolsets = null)
{
    [JsonIgnore]
    public string Name { get; init; } = "";

    static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true, ReadCommentHandling = JsonCommentHandling.Skip,
    };

    public static IReadOnlyList<OperatorTask> In(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal).Select(f => JsonSerializer.Deserialize<OperatorTask>(File.ReadAllText(f), Format)! with { Name = Path.GetFileNameWithoutExtension(f) })];
}

/// <summary>One call. Texts in it may name what an earlier one kept: <c>${name}</c>.</summary>
/// <param name="Says">What its text has, each.</param>
/// <param name="Lacks">What its text does not have.</param>
/// <param name="Refused">It is an error.</param>
/// <param name="Keep">Of the answer's JSON, by JSON pointer (<c>/generation</c>), for later texts; a value that starts otherwise is a pattern for the text, whose first group is kept.</param>
sealed record TaskCall(string Tool, JsonObject? Arguments = null, IReadOnlyList<string>? Says = null, IReadOnlyList<string>? Lacks = null, bool Refused = false, IReadOnlyDictionary<string, string>? Keep = null);
