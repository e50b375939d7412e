using System.Text.Json.Nodes;

namespace MeshMcp.HostBridge.OpenVSwitch;

/// <summary>Operations of an OVSDB transaction (RFC 7047, section 5.2).</summary>
static class OvsdbOperation
{
    public static JsonObject Insert(string table, string rowName, JsonObject row) =>
        new() { ["op"] = "insert", ["table"] = table, ["uuid-name"] = rowName, ["row"] = row };

    public static JsonObject Update(string table, string uuid, JsonObject row) =>
        new() { ["op"] = "update", ["table"] = table, ["where"] = Where(uuid), ["row"] = row };

    /// <param name="uuid">Null for the only row of the root table.</param>
    /// <param name="mutator"><c>insert</c>, <c>delete</c> or <c>+=</c>.</param>
    public static JsonObject Mutate(string table, string? uuid, string column, string mutator, JsonNode value) =>
        new() { ["op"] = "mutate", ["table"] = table, ["where"] = Where(uuid), ["mutations"] = new JsonArray(new JsonArray(column, mutator, value)) };

    public static JsonObject Select(string table, params IEnumerable<string> columns) =>
        new() { ["op"] = "select", ["table"] = table, ["where"] = new JsonArray(), ["columns"] = new JsonArray([.. columns.Select(c => (JsonNode)c)]) };

    static JsonArray Where(string? uuid) => uuid is null ? [] : new(new JsonArray("_uuid", "==", OvsdbValue.Uuid(uuid)));
}
