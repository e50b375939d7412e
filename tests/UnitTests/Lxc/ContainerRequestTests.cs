using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.Host.Lxc;
using MeshMcp.HostBridge.Systems.Lxc;
using Xunit;

namespace MeshMcp.UnitTests.Lxc;

/// <summary>What a request leaves to the node, and what is wrong with one.</summary>
public sealed class ContainerRequestTests : IDisposable
{
    readonly string _templates = Directory.CreateTempSubdirectory("meshmcp-templates-").FullName;

    public ContainerRequestTests() => Directory.CreateDirectory($"{_templates}/small/bin");

    public void Dispose() => Directory.Delete(_templates, recursive: true);

    static Container Item(string id, string? address = null) => new() { Id = id, Veth = id.Length > 0 ? $"veth{id}" : "", Properties = new() { Ipv4Address = address, Template = "small" } };

    IReadOnlyList<TrashedFolder> Trash { get; set; } = [];

    static TrashedFolder Trashed(Container item, int day) => new(item.Id, $"/trash/{item.Id}-{day}", new(2026, 11, day, 0, 0, 0, TimeSpan.Zero), ContainerRendering.ItemOf(item));

    Container Create(Container asked, bool? restore = null) => Assert.IsType<CreateContainer>(Choice(State()).Resolve(new CreateContainer(asked, restore))).Container;

    MeshError Refused(Container asked, bool? restore = null) => Assert.Throws<MeshException>(() => Create(asked, restore)).Error;

    static NodeState State(params Container[] containers) => new() { Bridge = new() { Address = "10.1.0.1/24" }, Lxc = new() { Containers = containers } };

    Container Resolve(NodeState state, Container asked, params ContainerFolder[] folders) => Assert.IsType<CreateContainer>(Choice(state, folders).Resolve(new CreateContainer(asked))).Container;

    LxcChoice Choice(NodeState state, params ContainerFolder[] folders)
    {
        var commands = new CommandRunner();
        return new(state, folders, Trash, new(_templates, commands, new(commands, new(commands), TimeProvider.System)));
    }

    [Fact]
    public void A_container_gets_the_lowest_free_id_from_100_on_and_the_address_that_goes_with_it()
    {
        var made = Resolve(State(Item("100", "10.1.0.100/24")), Item(""), new ContainerFolder("101", "", null));

        Assert.Equal(("102", "veth102", "mesh", "10.1.0.102/24"), (made.Id, made.Veth, made.Bridge, made.Properties.Ipv4Address));
    }

    [Fact]
    public void Nobody_gets_the_files_of_a_deleted_container_with_its_id_unless_he_says_so()
    {
        var asked = Create(Item("105"));
        Trash = [Trashed(asked, 3), Trashed(Item("100", "10.1.0.100/24"), 2)];

        var refusal = Refused(Item("105"));
        Assert.Equal((ErrorKind.Conflict, "restore"), (refusal.Kind, refusal.Target));
        Assert.Contains("deleted at 2026-11-03 00:00:00Z", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(ContainerRendering.ItemOf(asked), ContainerRendering.ItemOf(Create(Item("105"), restore: true)));
        var anew = Create(Item("105"), restore: false);
        Assert.Equal(asked with { After = Trash[0].At }, anew);
        // With the same words the same comes out, so a plan's digest holds.
        Assert.Equal(anew, Create(Item("105"), restore: false));

        // That one deleted too: what is newest is asked about, and nothing older comes in its place.
        Trash = [Trashed(anew, 5), .. Trash];
        Assert.Equal(ContainerRendering.ItemOf(anew), ContainerRendering.ItemOf(Create(Item("105"), restore: true)));
        Assert.Equal(Trash[0].At, Create(Item("105"), restore: false).After);

        // Other settings are another container, and whoever names no id gets one that nobody had.
        Assert.Null(Create(Item("105", "10.1.0.9/24")).After);
        Assert.Equal("101", Create(Item("")).Id);
    }

    [Fact]
    public void What_comes_back_is_as_it_was_whatever_is_left_out_and_nothing_else_can_be_asked_of_it()
    {
        var was = Create(Item("105")) with { Properties = Item("105").Properties with { Name = "web", Ipv4Address = "10.1.0.77/24", Template = "gone-from-the-cache", Dns = ["9.9.9.9"] } };
        Trash = [Trashed(was, 3), Trashed(Create(Item("105")), 2)];
        var bare = Item("105") with { Veth = "", Properties = new() };

        Assert.Equal(ContainerRendering.ItemOf(was), ContainerRendering.ItemOf(Create(bare, restore: true)));
        Assert.Contains("comes back as it was, and that was other than it is asked for: template gone-from-the-cache, 10.1.0.77/24, web", Refused(Item("105"), restore: true).Message, StringComparison.Ordinal);
        Assert.Equal((ErrorKind.NotFound, "restore"), Refused(Item("106"), restore: true) is var none ? (none.Kind, none.Target) : default);
        Assert.Equal((ErrorKind.InvalidArgument, "container.id"), Refused(Item(""), restore: true) is var unnamed ? (unnamed.Kind, unnamed.Target) : default);
    }

    [Fact]
    public void Asking_again_for_a_container_that_was_made_anew_is_no_change()
    {
        var there = Create(Item("105")) with { After = DateTimeOffset.UnixEpoch };

        Assert.Equal(there, Resolve(State(there), there with { After = null }));
    }

    [Fact]
    public void Where_that_address_is_taken_it_gets_the_lowest_free_one()
    {
        Assert.Equal("10.1.0.2/24", Resolve(State(Item("7", "10.1.0.100/24")), Item("")).Properties.Ipv4Address);
        Assert.Equal("10.1.0.2/24", Resolve(State(), Item("1")).Properties.Ipv4Address);
        Assert.Equal("10.1.0.2/24", Resolve(State(), Item("5000"), new ContainerFolder("x", "lxc.net.0.ipv4.address = 10.1.0.3/24", null)).Properties.Ipv4Address);
    }

    [Fact]
    public void A_full_network_is_said()
    {
        var state = State([.. Enumerable.Range(2, 253).Select(n => Item($"{n}", $"10.1.0.{n}/24"))]);

        Assert.Equal("Every address of 10.1.0.0/24 is taken.", Assert.Throws<MeshException>(() => Resolve(state, Item("1000"))).Error.Message);
    }

    [Fact]
    public void A_change_says_what_becomes_other_and_the_rest_of_the_container_stays()
    {
        var there = Item("100", "10.1.0.100/24") with { Running = false, Properties = new() { Name = "web", Template = "small", Ipv4Address = "10.1.0.100/24", Dns = ["1.1.1.1"], Limits = new() { Memory = 1 << 20, Processes = 9 }, Services = [new() { Name = "http", Port = 80 }] } };

        var update = Assert.IsType<UpdateContainer>(Choice(State(there)).Resolve(new UpdateContainer("web", new() { Address = "10.1.0.7/24", Limits = new() { Cpus = 0.5, Processes = 10 } })));

        Assert.Equal(("100", "lxc.containers[100].properties", "change address, limits of container 100"), (update.Id, update.Item, update.Describe()));
        var after = update.Apply(State(there)).Lxc!.Containers.Single();
        Assert.Equal(there with { Properties = there.Properties with { Ipv4Address = "10.1.0.7/24", Limits = new() { Memory = 1 << 20, Cpus = 0.5, Processes = 10 } } }, after);
    }

    [Fact]
    public void A_change_of_nothing_or_of_no_container_is_refused()
    {
        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<MeshException>(() => Choice(State(Item("100"))).Resolve(new UpdateContainer("100", new()))).Error.Kind);
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<MeshException>(() => Choice(State(Item("100"))).Resolve(new UpdateContainer("101", new() { Name = "x" }))).Error.Kind);
    }

    [Fact]
    public void An_unknown_template_names_those_there_are()
    {
        var error = Assert.Throws<MeshException>(() => Resolve(State(), Item("") with { Properties = new() { Template = "smal" } })).Error;

        Assert.Equal((ErrorKind.NotFound, "This node has no template smal."), (error.Kind, error.Message));
        Assert.Contains("Templates there are: small.", error.Hint, StringComparison.Ordinal);
        Assert.Equal(["small"], error.Problems!.Single().Nearest!);
    }

    [Fact]
    public void An_id_that_is_taken_is_refused_and_the_same_container_again_is_not()
    {
        var there = Item("100", "10.1.0.100/24");

        Assert.Equal("There is a container 100 already.", Assert.Throws<MeshException>(() => Resolve(State(there), Item("100", "10.1.0.5/24"))).Error.Message);
        Assert.Equal(there, Resolve(State(there), there));
    }

    [Fact]
    public void A_container_may_be_called_by_its_name_and_an_unknown_one_is_answered_with_the_nearest()
    {
        var state = State(Item("100") with { Properties = new() { Name = "gateway" } });

        Assert.Equal(new DeleteContainer("100"), Choice(state).Resolve(new DeleteContainer("gateway")));
        Assert.Equal(["gateway"], Assert.Throws<MeshException>(() => Choice(state).Resolve(new SetContainerRunning("gatway", true))).Error.Problems!.Single().Nearest!);
    }

    [Theory]
    [InlineData("10.2.0.5/24", "10.2.0.5/24 is not in the bridge's network 10.1.0.0/24.")]
    [InlineData("10.1.0.1/24", "10.1.0.1 is the bridge's own address.")]
    [InlineData("10.1.0.255/24", "10.1.0.255 is the network itself or its broadcast address.")]
    [InlineData("10.1.0.5/16", "10.1.0.5/16 is not in the bridge's network 10.1.0.0/24.")]
    [InlineData("10.1.0.5", "\"10.1.0.5\" is no IPv4 address with a prefix length, such as 10.1.0.200/24.")]
    [InlineData("10.1.0.200/24", "10.1.0.200 belongs to container 200 already.")]
    public void An_address_that_a_container_cannot_have_is_said(string address, string message) =>
        Assert.Equal(message, LxcFaults.Of(State(Item("200", "10.1.0.200/24"), Item("201", address))).Single().Message);

    [Fact]
    public void Every_other_fault_is_told_with_its_path()
    {
        var bad = new Container
        {
            Id = "0",
            Veth = "a-device-with-a-long-name",
            Bridge = "other",
            Properties = new()
            {
                Name = "a b",
                Template = "../etc",
                IdMap = 5,
                Services = [new() { Name = "x\nlxc.hook = 1", Port = 0, Protocol = "sctp" }],
                Files = [new() { Path = "/a/../b", Content = "x", Mode = "9" }, new() { Path = "/c" }, new() { Path = "/etc/meshmcp/init", Content = "" }, new() { Path = "/d", Secret = "plain" }],
                Dns = ["::1"],
                Limits = new() { Memory = 0 },
                Mounts = [new() { Source = "relative", Target = "/with space" }],
            },
        };

        Assert.Equal(
            [
                "id", "veth", "bridge", "properties.name", "properties.template", "properties.id_map", "properties.services[0].name", "properties.services[0].port", "properties.services[0].protocol",
                "properties.files[0].path", "properties.files[0].mode", "properties.files[1]", "properties.files[2].path", "properties.files[3].secret",
                "properties.dns[0]", "properties.limits", "properties.mounts[0].source", "properties.mounts[0].target",
            ],
            LxcFaults.Of(State(bad)).Select(p => p.Path["lxc.containers.0.".Length..]));
    }

    [Fact]
    public void A_limit_that_nothing_starts_with_is_a_fault_where_it_is_newly_given()
    {
        NodeState Limited(long memory) => State(Item("200") with { Properties = new() { Limits = new() { Memory = memory } } });

        var fault = Assert.Single(LxcFaults.TooSmall(State(), Limited(128)));
        Assert.Equal(("lxc.containers.200.properties.limits.memory", "128 bytes are too little for a container to start with: 4M at least. A size may have a unit: \"128M\"."), (fault.Path, fault.Message));
        Assert.Empty(LxcFaults.TooSmall(Limited(128), Limited(128)));
        Assert.Empty(LxcFaults.TooSmall(State(), Limited(4 << 20)));
        Assert.Equal("lxc.containers.200.properties.limits.disk", Assert.Single(LxcFaults.TooSmall(State(), Disk("200", (16 << 20) - 1))).Path);
        Assert.Empty(LxcFaults.TooSmall(State(), Disk("200", 16 << 20)));
    }

    static NodeState Disk(string id, long? bytes, string? template = null) => State(Item(id) with { Properties = new() { Template = template, Limits = bytes is { } b ? new() { Disk = b } : null } });

    [Fact]
    public void A_disk_limit_is_raised_and_neither_lowered_nor_taken_away()
    {
        foreach (var less in new long?[] { null, 1 << 30 })
            Assert.Equal(("lxc.containers.200.properties.limits.disk", true), Assert.Single(LxcFaults.Lowered(Disk("200", 2L << 30), Disk("200", less))) is var fault ? (fault.Path, fault.Message.Contains("Say 2G or more", StringComparison.Ordinal)) : default);
        foreach (var after in new[] { Disk("200", 2L << 30), Disk("200", 3L << 30), Disk("201", 1 << 30), Disk("200", 1 << 30, "other"), State() })
            Assert.Empty(LxcFaults.Lowered(Disk("200", 2L << 30), after));
        Assert.Empty(LxcFaults.Lowered(Disk("200", null), Disk("200", 1 << 30)));
    }

    [Fact]
    public void No_two_containers_share_ids_of_the_host()
    {
        var first = Item("200", "10.1.0.200/24");
        var second = Item("201", "10.1.0.201/24");

        Assert.Empty(LxcFaults.Of(State(first, second)));
        foreach (var taken in new long[] { 200 * 65536, 200 * 65536 + 65535, 200 * 65536 - 1 })
            Assert.Equal("lxc.containers.201.properties.id_map", LxcFaults.Of(State(first, second with { Properties = second.Properties with { IdMap = taken } })).Single().Path);
        Assert.Empty(LxcFaults.Of(State(first, second with { Properties = second.Properties with { IdMap = null, Privileged = true } })));
    }

    [Theory]
    [InlineData("priority=10,actions=normal", "")]
    [InlineData("priority=200,arp,actions=normal priority=100,ip,actions=normal", "")]
    [InlineData("priority=200,arp,actions=normal priority=120,ip,nw_dst=10.1.0.0/24,actions=normal", "priority=90,ip,in_port=veth105,actions=normal")]
    [InlineData("priority=120,tcp,tp_dst=80,actions=output:veth105 priority=90,ip,in_port=veth200,actions=normal", "priority=200,arp,actions=normal priority=120,ip,nw_dst=10.1.0.105,actions=output:veth105 priority=90,ip,in_port=veth105,actions=normal")]
    [InlineData("priority=0,actions=drop", "priority=200,arp,actions=normal priority=120,ip,nw_dst=10.1.0.105,actions=output:veth105 priority=90,ip,in_port=veth105,actions=normal")]
    [InlineData("priority=200,arp,actions=normal priority=120,ip,nw_dst=10.1.0.0/24,actions=normal priority=105,ip,in_port=wg0,actions=output:nm-server priority=100,ip,in_port=veth102,actions=output:warp0 priority=90,ip,in_port=veth100,actions=output:warp0", "priority=90,ip,in_port=veth105,actions=output:warp0")]
    [InlineData("priority=200,arp,actions=normal priority=120,ip,nw_dst=10.1.0.0/24,actions=normal priority=80,ip,in_port=100,actions=normal priority=90,ip,in_port=veth101,actions=output:warp0 priority=95,ip,in_port=102,actions=output:warp0", "priority=90,ip,in_port=veth105,actions=output:warp0")]
    [InlineData("priority=200,arp,actions=normal priority=120,ip,nw_dst=10.1.0.0/24,actions=normal priority=90,ip,in_port=veth100,actions=output:veth102 priority=90,ip,in_port=veth101,nw_dst=10.8.0.0/24,actions=output:wg0", "priority=90,ip,in_port=veth105,actions=normal")]
    public void Flows_that_a_container_lacks_are_named_ready_to_be_added_and_it_leaves_the_way_that_most_of_its_siblings_do(string flows, string missing)
    {
        var state = State() with { Openflow = new() { Bridges = new Dictionary<string, BridgeFlows> { ["mesh"] = new() { Flows = flows.Split(' ') } } } };

        Assert.Equal(missing, string.Join(' ', ServingFlows.MissingFor(Item("105", "10.1.0.105/24"), [Item("100"), Item("101"), Item("102"), Item("105")], ServingFlows.Of(state))));
    }
}
