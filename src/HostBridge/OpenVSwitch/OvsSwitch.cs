using System.Text.Json.Nodes;
using MeshMcp.Contracts.Errors;
using static MeshMcp.HostBridge.OpenVSwitch.OvsdbOperation;

namespace MeshMcp.HostBridge.OpenVSwitch;

/// <summary>Changes to bridges and ports. Each is one transaction, and returns when ovs-vswitchd has put it into effect.</summary>
/// <remarks>All throw MeshException: NotFound and Conflict before anything is changed; Unavailable when a daemon is not there; CommandFailed with the words of Open vSwitch.</remarks>
public sealed class OvsSwitch(OvsdbConnection database)
{
    const string Root = "Open_vSwitch";

    static readonly TimeSpan Configuring = TimeSpan.FromSeconds(5);
    static readonly TimeSpan Settling = TimeSpan.FromSeconds(2);

    public async Task<OvsBridge> CreateBridgeAsync(NewBridge bridge, CancellationToken ct)
    {
        JsonObject row = new()
        {
            ["name"] = bridge.Name,
            ["datapath_type"] = bridge.DatapathType == "system" ? "" : bridge.DatapathType,
            ["ports"] = OvsdbValue.NewRow("port"),
        };
        await ApplyAsync(
        [
            Insert("Interface", "interface", new() { ["name"] = bridge.Name, ["type"] = "internal" }),
            Insert("Port", "port", new() { ["name"] = bridge.Name, ["interfaces"] = OvsdbValue.NewRow("interface") }),
            Insert("Bridge", "bridge", Settings(bridge, row)),
            Mutate(Root, null, "bridges", "insert", OvsdbValue.Set(OvsdbValue.NewRow("bridge"))),
        ], ct);
        if ((await SettledAsync(bridge.Name, bridge.Name, bridge.Mac, ct)).Error is { } error)
        {
            await DeleteBridgeAsync(bridge.Name, ct);
            throw new MeshException(ErrorKind.CommandFailed, $"Open vSwitch cannot make the bridge {bridge.Name}: {error}", bridge.Name);
        }
        return Bridge(bridge.Name);
    }

    /// <summary>Sets what a bridge can change while it lives: fail mode, protocols, address, marks. Other external ids and settings stay.</summary>
    public async Task<OvsBridge> SetBridgeAsync(NewBridge bridge, CancellationToken ct)
    {
        var found = Bridge(bridge.Name);
        var merged = bridge with { ExternalIds = Merged(found.ExternalIds, bridge.ExternalIds) };
        await ApplyAsync([Update("Bridge", found.Uuid, Settings(merged, [], found.OtherConfig))], ct);
        await SettledAsync(bridge.Name, bridge.Name, bridge.Mac, ct);
        return Bridge(bridge.Name);
    }

    public async Task DeleteBridgeAsync(string name, CancellationToken ct) =>
        await ApplyAsync([Mutate(Root, null, "bridges", "delete", OvsdbValue.Set(OvsdbValue.Uuid(Bridge(name).Uuid)))], ct);

    /// <summary>Adds a port; when ovs-vswitchd cannot take it over, it is removed again and the error says why.</summary>
    /// <param name="replace">
    /// Removes a port of the same name first, and waits until that is done: within one transaction ovs-vswitchd would keep the device open that it has,
    /// and where that was made anew under the same name it would go on sending and never receive.
    /// </param>
    public async Task<OvsInterface> AddPortAsync(string bridge, NewPort port, bool replace, CancellationToken ct)
    {
        if (replace && Bridge(bridge).Port(port.Name) is not null) await DeletePortAsync(bridge, port.Name, ct);
        var found = Bridge(bridge);
        JsonObject row = new()
        {
            ["name"] = port.Name,
            ["type"] = port.Type == "system" ? "" : port.Type,
            ["external_ids"] = OvsdbValue.Map(port.ExternalIds),
        };
        if (port.Ofport is { } ofport) row["ofport_request"] = ofport;
        if (port.Mac is { } mac) row["mac"] = mac;
        await ApplyAsync(
        [
            Insert("Interface", "interface", row),
            Insert("Port", "port", new() { ["name"] = port.Name, ["interfaces"] = OvsdbValue.NewRow("interface"), ["external_ids"] = OvsdbValue.Map(port.ExternalIds) }),
            Mutate("Bridge", found.Uuid, "ports", "insert", OvsdbValue.Set(OvsdbValue.NewRow("port"))),
        ], ct);
        return await TakenOverAsync(bridge, port.Name, port.Mac, removeOnError: true, ct);
    }

    public async Task DeletePortAsync(string bridge, string port, CancellationToken ct)
    {
        var found = Bridge(bridge);
        await ApplyAsync([Mutate("Bridge", found.Uuid, "ports", "delete", OvsdbValue.Set(OvsdbValue.Uuid(Port(found, port).Uuid)))], ct);
    }

    /// <summary>Sets number, address and marks of a port; null leaves number or address as they are, other external ids stay.</summary>
    public async Task<OvsInterface> SetPortAsync(string bridge, string port, int? ofport, string? mac, IReadOnlyDictionary<string, string> externalIds, CancellationToken ct)
    {
        var found = Port(Bridge(bridge), port);
        var made = found.Interfaces[0];
        var row = new JsonObject { ["external_ids"] = OvsdbValue.Map(Merged(made.ExternalIds, externalIds)) };
        if (ofport is not null) row["ofport_request"] = ofport;
        if (mac is not null) row["mac"] = mac;
        await ApplyAsync(
        [
            Update("Interface", made.Uuid, row),
            Update("Port", found.Uuid, new() { ["external_ids"] = OvsdbValue.Map(Merged(found.ExternalIds, externalIds)) }),
        ], ct);
        return await TakenOverAsync(bridge, port, mac, removeOnError: false, ct);
    }

    async Task<OvsState> ApplyAsync(IReadOnlyList<JsonObject> operations, CancellationToken ct)
    {
        var results = await database.TransactAsync(
            [.. operations, Mutate(Root, null, "next_cfg", "+=", 1), Select(Root, "next_cfg")], ct);
        return await database.WaitConfiguredAsync(results[^1].GetProperty("rows")[0].GetProperty("next_cfg").GetInt64(), Configuring, ct);
    }

    async Task<OvsInterface> TakenOverAsync(string bridge, string port, string? mac, bool removeOnError, CancellationToken ct)
    {
        var made = await SettledAsync(bridge, port, mac, ct);
        if (made.Error is null && made.Ofport is > 0) return made;
        if (removeOnError) await DeletePortAsync(bridge, port, ct);
        throw new MeshException(ErrorKind.CommandFailed,
            $"Open vSwitch cannot use {port} as a port of {bridge}: {made.Error ?? "it gave it no port number"}", port);
    }

    /// <summary>The address of a device is reported a moment after cur_cfg.</summary>
    async Task<OvsInterface> SettledAsync(string bridge, string port, string? mac, CancellationToken ct)
    {
        OvsInterface? Interface(OvsState state) => state.Bridge(bridge)?.Port(port)?.Interfaces[0];
        await database.UntilAsync(state => mac is null || Interface(state) is not { Error: null } made || mac.Equals(made.MacInUse, StringComparison.OrdinalIgnoreCase), Settling, ct);
        return Interface(database.State) ?? throw Vanished(port);
    }

    OvsBridge Bridge(string name) => database.State.Bridge(name)
        ?? throw new MeshException(ErrorKind.NotFound, $"There is no bridge {name}", name, $"Bridges: {string.Join(", ", database.State.Bridges.Select(b => b.Name))}");

    static OvsPort Port(OvsBridge bridge, string name) => bridge.Port(name)
        ?? throw new MeshException(new MeshError(ErrorKind.NotFound, $"There is no port {name} on {bridge.Name}", name,
            Nearest.To(name, bridge.Ports.Select(p => p.Name)) is { Count: > 0 } near ? $"Nearest: {string.Join(", ", near)}" : null));

    static MeshException Vanished(string name) => new(ErrorKind.Conflict, $"{name} was removed by another while it was being changed", name);

    static JsonObject Settings(NewBridge bridge, JsonObject row, IReadOnlyDictionary<string, string>? otherConfig = null)
    {
        var other = new Dictionary<string, string>(otherConfig ?? new Dictionary<string, string>());
        if (bridge.Mac is not null) other["hwaddr"] = bridge.Mac;
        row["fail_mode"] = NewBridge.FailMode;
        row["protocols"] = OvsdbValue.Set([.. NewBridge.Protocols.Select(p => (JsonNode)p)]);
        row["external_ids"] = OvsdbValue.Map(bridge.ExternalIds);
        row["other_config"] = OvsdbValue.Map(other);
        return row;
    }

    static Dictionary<string, string> Merged(IReadOnlyDictionary<string, string> present, IReadOnlyDictionary<string, string> wanted)
    {
        var merged = new Dictionary<string, string>(present);
        foreach (var (key, value) in wanted) merged[key] = value;
        return merged;
    }
}
