using System.Text.Json.Nodes;

namespace MeshMcp.Server.Api;

/// <summary>References of a JSON Schema into itself (<c>#/…</c>), which count from the root of the document that it stands in.</summary>
static class LocalReferences
{
    const string Key = "$ref";

    /// <summary>The schema for a document that has it at <paramref name="place"/>, a reference itself.</summary>
    public static JsonNode Under(string place, JsonNode schema)
    {
        foreach (var holder in In(schema).ToList()) holder[Key] = place + holder[Key]!.GetValue<string>()[1..];
        return schema;
    }

    /// <summary>Every object that refers to something in the same document.</summary>
    public static IEnumerable<JsonObject> In(JsonNode? schema) => schema switch
    {
        JsonObject members => [.. members[Key] is JsonValue value && value.TryGetValue<string>(out var to) && to.StartsWith('#') ? [members] : Array.Empty<JsonObject>(), .. members.SelectMany(m => In(m.Value))],
        JsonArray items => items.SelectMany(In),
        _ => [],
    };
}
