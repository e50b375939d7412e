using System.Text.Json;
using System.Text.Json.Nodes;

namespace MeshMcp.HostBridge.OpenVSwitch;

/// <summary>The monitored rows of the database, kept up to date by updates; <see cref="Build"/> joins them into a state.</summary>
sealed class OvsdbReplica
{
    const string Root = "Open_vSwitch";

    static readonly Dictionary<string, string[]> Columns = new()
    {
        [Root] = ["bridges", "next_cfg", "cur_cfg"],
        ["Bridge"] = ["name", "datapath_type", "fail_mode", "protocols", "external_ids", "other_config", "ports", "controller"],
        ["Port"] = ["name", "external_ids", "interfaces"],
        ["Interface"] = ["name", "type", "ofport", "ofport_request", "mac", "mac_in_use", "error", "link_state", "external_ids"],
    };

    readonly Dictionary<string, Dictionary<string, JsonElement>> tables = Columns.Keys.ToDictionary(t => t, _ => new Dictionary<string, JsonElement>());

    /// <summary>Parameters of the <c>monitor</c> request; its answer and every update have the shape that <see cref="Apply"/> takes.</summary>
    public static JsonArray MonitorRequest() => new(
        Root, "meshmcp",
        new JsonObject(Columns.Select(t => KeyValuePair.Create(t.Key, (JsonNode?)new JsonObject { ["columns"] = new JsonArray([.. t.Value.Select(c => (JsonNode)c)]) }))));

    /// <param name="updates"><c>{TABLE: {UUID: {"old": ROW?, "new": ROW?}}}</c>; a new row comes whole, a deleted one has no "new".</param>
    public void Apply(JsonElement updates)
    {
        foreach (var table in updates.EnumerateObject())
        {
            foreach (var row in table.Value.EnumerateObject())
            {
                if (row.Value.TryGetProperty("new", out var now)) tables[table.Name][row.Name] = now.Clone();
                else tables[table.Name].Remove(row.Name);
            }
        }
    }

    public OvsState Build()
    {
        var root = tables[Root].Values.FirstOrDefault();
        return root.ValueKind == JsonValueKind.Undefined ? new OvsState(0, 0, []) : new OvsState(
            root.GetProperty("next_cfg").GetInt64(), root.GetProperty("cur_cfg").GetInt64(),
            [.. Rows("Bridge", root.GetProperty("bridges")).Select(Bridge).OrderBy(b => b.Name, StringComparer.Ordinal)]);
    }

    OvsBridge Bridge((string Uuid, JsonElement Row) bridge) => new(
        bridge.Uuid, Name(bridge.Row), bridge.Row.GetProperty("datapath_type").GetString() is { Length: > 0 } type ? type : "system",
        OvsdbValue.Text(bridge.Row.GetProperty("fail_mode")), OvsdbValue.Strings(bridge.Row.GetProperty("protocols")),
        ExternalIds(bridge.Row), OvsdbValue.Pairs(bridge.Row.GetProperty("other_config")),
        [.. Rows("Port", bridge.Row.GetProperty("ports")).Select(Port).OrderBy(p => p.Name, StringComparer.Ordinal)])
    {
        Controllers = OvsdbValue.Uuids(bridge.Row.GetProperty("controller")).Count,
    };

    OvsPort Port((string Uuid, JsonElement Row) port) => new(
        port.Uuid, Name(port.Row), ExternalIds(port.Row), [.. Rows("Interface", port.Row.GetProperty("interfaces")).Select(Interface)]);

    static OvsInterface Interface((string Uuid, JsonElement Row) made)
    {
        var row = made.Row;
        return new(
            made.Uuid, Name(row), row.GetProperty("type").GetString() is { Length: > 0 } type ? type : "system",
            OvsdbValue.Integer(row.GetProperty("ofport")), OvsdbValue.Integer(row.GetProperty("ofport_request")),
            OvsdbValue.Text(row.GetProperty("mac")), OvsdbValue.Text(row.GetProperty("mac_in_use")),
            OvsdbValue.Text(row.GetProperty("error")), OvsdbValue.Text(row.GetProperty("link_state")), ExternalIds(row));
    }

    IEnumerable<(string Uuid, JsonElement Row)> Rows(string table, JsonElement references) =>
        OvsdbValue.Uuids(references).Where(tables[table].ContainsKey).Select(uuid => (uuid, tables[table][uuid]));

    static string Name(JsonElement row) => row.GetProperty("name").GetString()!;

    static IReadOnlyDictionary<string, string> ExternalIds(JsonElement row) => OvsdbValue.Pairs(row.GetProperty("external_ids"));
}
