using System.Text.Json.Nodes;
using MeshMcp.Contracts.Errors;
using MeshMcp.HostBridge.OpenVSwitch;
using MeshMcp.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace MeshMcp.IntegrationTests.OpenVSwitch;

public sealed class OvsdbTests : IAsyncLifetime
{
    static readonly TimeSpan Hangs = TimeSpan.FromSeconds(20);
    static readonly Dictionary<string, string> Ours = new() { ["meshmcp"] = "bridge" };
    static readonly NewBridge Mesh = new("mesh", "netdev", Ours, "02:00:00:00:00:fe");

    PrivateOvs ovs = null!;
    OvsdbConnection database = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    OvsSwitch Switch => new(database);

    OvsBridge Bridge => database.State.Bridge("mesh")!;

    public async ValueTask InitializeAsync()
    {
        ovs = await PrivateOvs.StartAsync(Ct);
        database = await OvsdbConnection.OpenAsync(new(ovs.DbSocket, ovs.Folder), TimeProvider.System, NullLogger.Instance, Ct);
    }

    public async ValueTask DisposeAsync()
    {
        await database.DisposeAsync();
        await ovs.DisposeAsync();
    }

    [Fact]
    public async Task A_bridge_is_made_as_asked_and_removed()
    {
        var made = await Switch.CreateBridgeAsync(Mesh, Ct);
        Assert.Equal("netdev", made.DatapathType);
        Assert.Equal("secure", made.FailMode);
        Assert.Equal(NewBridge.Protocols.Order(), made.Protocols.Order());
        Assert.Equal("bridge", made.ExternalIds["meshmcp"]);
        Assert.Equal("02:00:00:00:00:fe", made.Port("mesh")!.Interfaces[0].MacInUse);
        Assert.Contains("02:00:00:00:00:fe", await ovs.Namespace.ExecAsync("ip", "link", "show", "mesh"));
        await Switch.DeleteBridgeAsync("mesh", Ct);
        Assert.Empty(database.State.Bridges);
        Assert.DoesNotContain("mesh", await ovs.Namespace.ExecAsync("ip", "link", "show"));
    }

    [Fact]
    public async Task A_bridge_that_was_changed_is_set_right_and_keeps_what_others_wrote()
    {
        await Switch.CreateBridgeAsync(Mesh, Ct);
        await ovs.RunAsync("ovs-vsctl", "set", "bridge", "mesh", "fail_mode=standalone", "protocols=[]", "external_ids:theirs=x", "other_config:stp-priority=7");
        await database.UntilAsync(s => s.Bridge("mesh")!.FailMode == "standalone", Hangs, Ct);
        var set = await Switch.SetBridgeAsync(Mesh, Ct);
        Assert.Equal("secure", set.FailMode);
        Assert.Equal(4, set.Protocols.Count);
        Assert.Equal("x", set.ExternalIds["theirs"]);
        Assert.Equal("bridge", set.ExternalIds["meshmcp"]);
        Assert.Equal("7", set.OtherConfig["stp-priority"]);
    }

    [Fact]
    public async Task Ports_get_the_number_address_and_mark_that_were_asked_for()
    {
        await ovs.Namespace.AddVethAsync("veth100", "eth100");
        await Switch.CreateBridgeAsync(Mesh, Ct);
        var veth = await Switch.AddPortAsync("mesh", new("veth100", "system", 100, Ours), replace: false, Ct);
        var adapter = await Switch.AddPortAsync("mesh", new("p-warp0", "internal", 60001, Ours, "02:00:00:00:00:01"), replace: false, Ct);
        Assert.Equal((100, 60001, "02:00:00:00:00:01"), (veth.Ofport, adapter.Ofport, adapter.MacInUse));
        Assert.Equal("bridge", Bridge.Port("p-warp0")!.ExternalIds["meshmcp"]);
        Assert.Equal(new Dictionary<string, int> { ["mesh"] = 65534, ["veth100"] = 100, ["p-warp0"] = 60001 }, Bridge.Ofports);

        var moved = await Switch.SetPortAsync("mesh", "p-warp0", 60002, "02:00:00:00:00:02", Ours, Ct);
        Assert.Equal((60002, "02:00:00:00:00:02"), (moved.Ofport, moved.MacInUse));
        await Switch.DeletePortAsync("mesh", "veth100", Ct);
        Assert.Equal(["mesh", "p-warp0"], Bridge.Ports.Select(p => p.Name));
    }

    [Fact]
    public async Task A_port_without_a_device_is_refused_with_the_words_of_Open_vSwitch_and_not_left_behind()
    {
        await Switch.CreateBridgeAsync(Mesh, Ct);
        var refused = await Assert.ThrowsAsync<MeshException>(() => Switch.AddPortAsync("mesh", new("nosuch0", "system", 7, Ours), replace: false, Ct));
        Assert.Equal(ErrorKind.CommandFailed, refused.Error.Kind);
        Assert.Contains("could not open network device nosuch0 (No such device)", refused.Message);
        Assert.Null(Bridge.Port("nosuch0"));
    }

    [Fact]
    public async Task A_second_port_of_the_same_name_is_a_conflict_unless_it_replaces_the_first()
    {
        await ovs.Namespace.AddVethAsync("veth100", "eth100");
        await Switch.CreateBridgeAsync(Mesh, Ct);
        var first = await Switch.AddPortAsync("mesh", new("veth100", "system", 100, Ours), replace: false, Ct);
        var refused = await Assert.ThrowsAsync<MeshException>(() => Switch.AddPortAsync("mesh", new("veth100", "system", 101, Ours), replace: false, Ct));
        Assert.Equal(ErrorKind.Conflict, refused.Error.Kind);
        Assert.Contains("identical values (veth100)", refused.Message);
        var second = await Switch.AddPortAsync("mesh", new("veth100", "system", 101, Ours), replace: true, Ct);
        Assert.Equal(101, second.Ofport);
        Assert.NotEqual(first.Uuid, second.Uuid);
    }

    [Fact]
    public async Task Unknown_bridges_and_ports_are_named()
    {
        var bridge = await Assert.ThrowsAsync<MeshException>(() => Switch.DeletePortAsync("mash", "x", Ct));
        Assert.Equal(ErrorKind.NotFound, bridge.Error.Kind);
        await Switch.CreateBridgeAsync(Mesh, Ct);
        var port = await Assert.ThrowsAsync<MeshException>(() => Switch.DeletePortAsync("mesh", "mesg", Ct));
        Assert.Contains("mesh", port.Error.Hint);
    }

    [Fact]
    public async Task Refused_operations_are_quoted()
    {
        var refused = await Assert.ThrowsAsync<MeshException>(() => database.TransactAsync(
            [new JsonObject { ["op"] = "insert", ["table"] = "Port", ["row"] = new JsonObject { ["nam"] = "x" } }], Ct));
        Assert.Contains("unknown column: No column nam in table Port", refused.Message);
        var malformed = await Assert.ThrowsAsync<MeshException>(() => database.TransactAsync([new JsonObject { ["op"] = "frob" }], Ct));
        Assert.Contains("frob", malformed.Message);
    }

    [Fact]
    public async Task The_state_holds_a_transaction_when_it_returns()
    {
        await Switch.CreateBridgeAsync(Mesh, Ct);
        for (var i = 0; i < 200; i++)
        {
            await database.TransactAsync([OvsdbOperationOf(Bridge.Uuid, $"{i}")], Ct);
            Assert.Equal($"{i}", Bridge.ExternalIds["n"]);
        }
    }

    [Fact]
    public async Task Changes_by_others_arrive_as_they_happen()
    {
        var seen = database.State;
        await ovs.RunAsync("ovs-vsctl", "add-br", "theirs", "--", "set", "bridge", "theirs", "datapath_type=netdev");
        while (database.State.Bridge("theirs")?.Ports[0].Interfaces[0].Ofport is null)
            seen = await database.NextAsync(seen, Ct).WaitAsync(Hangs, Ct);
        Assert.Empty(database.State.Bridge("theirs")!.ExternalIds);
    }

    [Fact]
    public async Task A_restart_of_the_database_is_survived()
    {
        await Switch.CreateBridgeAsync(Mesh, Ct);
        await ovs.KillDatabaseAsync();
        await Eventually.True(() => !database.Connected, Hangs, "the loss is seen", Ct);
        var refused = await Assert.ThrowsAsync<MeshException>(() => Switch.DeleteBridgeAsync("mesh", Ct));
        Assert.Equal(ErrorKind.Unavailable, refused.Error.Kind);
        Assert.Contains("Is openvswitch-switch running?", refused.Error.Hint);
        await ovs.StartDatabaseAsync(Ct);
        await Eventually.True(() => database.Connected, Hangs, "it is connected again", Ct);
        Assert.NotNull(Bridge);
        await Switch.DeleteBridgeAsync("mesh", Ct);
    }

    [Fact]
    public async Task A_change_without_vswitchd_says_that_it_is_not_running()
    {
        await ovs.KillVswitchdAsync();
        var refused = await Assert.ThrowsAsync<MeshException>(() => Switch.CreateBridgeAsync(Mesh, Ct));
        Assert.Equal(ErrorKind.Unavailable, refused.Error.Kind);
        Assert.Contains("Is ovs-vswitchd running?", refused.Error.Hint);
        await ovs.StartVswitchdAsync(Ct);
        await Eventually.True(() => database.State.Bridge("mesh")?.Ports[0].Interfaces[0].Ofport is not null, Hangs, "it takes the bridge over later", Ct);
    }

    [Fact]
    public async Task Without_a_database_everything_is_unavailable_at_once()
    {
        await using var nowhere = await OvsdbConnection.OpenAsync(new("/nonexistent/db.sock", "/nonexistent"), TimeProvider.System, NullLogger.Instance, Ct);
        Assert.False(nowhere.Connected);
        Assert.Equal(ErrorKind.Unavailable, Assert.Throws<MeshException>(() => nowhere.State).Error.Kind);
        Assert.Null(await nowhere.UntilAsync(_ => true, TimeSpan.FromMilliseconds(50), Ct));
    }

    static JsonObject OvsdbOperationOf(string bridge, string value) => new()
    {
        ["op"] = "update",
        ["table"] = "Bridge",
        ["where"] = new JsonArray(new JsonArray("_uuid", "==", new JsonArray("uuid", bridge))),
        ["row"] = new JsonObject { ["external_ids"] = new JsonArray("map", new JsonArray(new JsonArray("n", value))) },
    };
}
