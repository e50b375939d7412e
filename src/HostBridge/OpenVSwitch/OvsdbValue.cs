using System.Text.Json;
using System.Text.Json.Nodes;

namespace MeshMcp.HostBridge.OpenVSwitch;

/// <summary>OVSDB's JSON notation of values (RFC 7047, section 5.1): <c>["set",[…]]</c>, <c>["map",[[k,v],…]]</c>, <c>["uuid","…"]</c>; a set of one is written bare.
/// Arrays are made by their constructor: a collection expression would add by reflection, which native programs have not.</summary>
static class OvsdbValue
{
    public static JsonArray Uuid(string uuid) => new("uuid", uuid);

    /// <summary>A row inserted by the same transaction.</summary>
    public static JsonArray NewRow(string name) => new("named-uuid", name);

    public static JsonArray Set(params JsonNode[] elements) => new("set", new JsonArray(elements));

    public static JsonArray Map(IEnumerable<KeyValuePair<string, string>> pairs) =>
        new("map", new JsonArray([.. pairs.Select(p => new JsonArray(p.Key, p.Value))]));

    public static IEnumerable<JsonElement> Elements(JsonElement value) =>
        value is { ValueKind: JsonValueKind.Array } && value[0].GetString() == "set" ? value[1].EnumerateArray() : [value];

    public static IReadOnlyList<string> Strings(JsonElement value) => [.. Elements(value).Select(e => e.GetString()!)];

    public static IReadOnlyList<string> Uuids(JsonElement value) => [.. Elements(value).Select(e => e[1].GetString()!)];

    /// <summary>The text of an optional column; null when empty.</summary>
    public static string? Text(JsonElement value) => Elements(value).Select(e => e.GetString()).FirstOrDefault();

    /// <summary>The number of an optional column; null when empty.</summary>
    public static int? Integer(JsonElement value) => Elements(value).Select(e => (int?)e.GetInt32()).FirstOrDefault();

    public static IReadOnlyDictionary<string, string> Pairs(JsonElement map) =>
        map[1].EnumerateArray().ToDictionary(p => p[0].GetString()!, p => p[1].GetString()!);
}
