using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Host.Lxc;
using MeshMcp.HostBridge.Systems.Lxc;
using Xunit;

namespace MeshMcp.UnitTests.Lxc;

/// <summary>Two states in, a plan out; nothing here looks at the host.</summary>
public sealed class ContainerPlanTests
{
    static readonly RenderingPlace Place = new("10.1.0.1/24", (id, revision) => $"node/{id}/{revision}", new(false, new HashSet<string>()), new HashSet<string>(), [], new());
    static readonly LxcSystem System = new(null!, null!, null!, new(new()));

    static Container Item(string id, bool running = true, string template = "small") =>
        new() { Id = id, Veth = $"veth{id}", Running = running, Properties = new() { Ipv4Address = $"10.1.0.{id}/24", Template = template } };

    static Rendering Render(Container item) => ContainerRendering.Of(item, Place, new Dictionary<string, string>());

    static HostContainer There(Container item, bool running = true, int? monitor = 7, string? revision = null) =>
        new(item.Id, true, item, Render(item).Config, running ? new(item.Id, 8, revision ?? Render(item).Revision, monitor) : null);

    static readonly HostContainer Foreign = new("55", false, null, "lxc.net.0.veth.pair = vethx\nlxc.net.0.ipv4.address = 10.1.0.55/24\n", null);

    static IEnumerable<string> Plan(IReadOnlyList<Container>? desired, IReadOnlyList<HostContainer> present, IReadOnlyList<TrashedFolder>? trash = null, IReadOnlySet<string>? devices = null) =>
        System.Plan(desired is null ? null : new() { Containers = desired },
            new(present, trash ?? [], [.. (desired ?? []).Select(d => new WantedContainer(d, Render(d), new("/t", false), []))], devices ?? new HashSet<string>()))
        .Select(s => s.Shown.Summary);

    static MeshError Refusal(Container item, IReadOnlyList<HostContainer> present, params IReadOnlyList<string> devices) =>
        Assert.Single(System.Plan(new() { Containers = [item] }, new(present, [], [new(item, Render(item), new("/t", false), [])], devices.ToHashSet()))).NotNow!;

    [Fact]
    public void What_is_as_desired_needs_no_step() =>
        Assert.Empty(Plan([Item("100"), Item("101", running: false)], [There(Item("100")), There(Item("101"), running: false), Foreign]));

    [Fact]
    public void A_new_container_is_made_and_started_and_one_that_is_not_desired_goes_to_the_trash() =>
        Assert.Equal(
            ["delete container 100; its files go to the trash", "create container 101 from template small", "start container 101", "create container 102 from template small"],
            Plan([Item("101"), Item("102", running: false)], [There(Item("100")), Foreign]));

    [Fact]
    public void To_delete_is_about_this_very_container_and_to_start_one_about_all_that_is_written_for_it()
    {
        string?[] Bound(HostContainer there, params Container[] desired) =>
            [.. System.Plan(new() { Containers = desired }, new([there], [], [.. desired.Select(d => new WantedContainer(d, Render(d), new("/t", false), []))], new HashSet<string>())).Select(s => s.Binds)];

        Assert.Equal(["first"], Bound(There(Item("100")) with { Identity = "first" }));
        Assert.Equal(["again"], Bound(There(Item("100")) with { Identity = "again" }));
        var changed = Item("100") with { Properties = Item("100").Properties with { Files = [new() { Path = "/etc/motd", Content = "B" }] } };
        Assert.Equal([Render(changed).Revision], Bound(There(Item("100")), changed));
    }

    [Fact]
    public void The_same_container_comes_back_from_the_trash_and_another_one_does_not()
    {
        TrashedFolder trashed = new("100", "/trash/100", default, ContainerRendering.ItemOf(Item("100")));

        Assert.Equal(["take container 100 back from the trash", "start container 100"], Plan([Item("100")], [], [trashed]));
        Assert.Equal(["create container 100 from template other", "start container 100"], Plan([Item("100", template: "other")], [], [trashed]));
    }

    [Fact]
    public void A_running_container_is_restarted_for_new_settings_and_a_stopped_one_only_written()
    {
        var changed = Item("100") with { Properties = Item("100").Properties with { Dns = ["9.9.9.9"] } };

        Assert.Equal(["restart container 100 with its new settings"], Plan([changed], [There(Item("100"))]));
        Assert.Equal(["write the configuration of container 100"], Plan([changed with { Running = false }], [There(Item("100"), running: false)]));
        Assert.Equal(["stop container 100"], Plan([Item("100", running: false)], [There(Item("100"))]));
        Assert.Equal(["write the configuration of container 100"], Plan([Item("100")], [There(Item("100")) with { Config = "edited" }]));
    }

    [Fact]
    public void A_container_that_cannot_be_had_as_wanted_yet_is_stopped_all_the_same()
    {
        WantedContainer Waiting(Container item) => new(item, null, new("/t", false), []);
        IEnumerable<string> Steps(Container item, HostContainer there) => System.Plan(new() { Containers = [item] }, new([there], [], [Waiting(item)], new HashSet<string>())).Select(s => s.Shown.Summary);

        Assert.Equal(["stop container 100"], Steps(Item("100", running: false), There(Item("100"))));
        Assert.Empty(Steps(Item("100", running: false), There(Item("100"), running: false)));
        Assert.Empty(Steps(Item("100"), There(Item("100"))));
    }

    [Theory]
    [InlineData(null, null, null, "")]
    [InlineData(64, 64, 64, "")]
    [InlineData(64, 32, 32, "make the root file system of container 100 larger, 64M; write the configuration of container 100")]
    // Cut off after its item was written, and before.
    [InlineData(64, 64, 32, "make the root file system of container 100 larger, 64M")]
    [InlineData(64, 32, 64, "write the configuration of container 100")]
    // An undone one stays as large as it was made.
    [InlineData(32, 64, 64, "write the configuration of container 100")]
    // Made by the node's own limit, raised and too small.
    [InlineData(128, null, 64, "make the root file system of container 100 larger, 128M; write the configuration of container 100")]
    [InlineData(32, null, 64, "Container 100 has a root file system of 64M, which is not made smaller.")]
    [InlineData(64, null, null, "Container 100 was made without a disk limit, with its root file system in a folder, and gets none now.")]
    public void A_root_file_system_is_made_larger_and_nothing_else(int? asked, int? said, int? has, string steps)
    {
        var there = There(Limited(said)) with { Disk = has is { } m ? new((long)m << 20, (long)m << 20) : null };

        Assert.Equal(steps, string.Join("; ", Plan([Limited(asked)], [there])));

        static Container Limited(int? megabytes) => Item("100") with { Properties = Item("100").Properties with { Limits = megabytes is { } m ? new() { Disk = (long)m << 20 } : null } };
    }

    [Fact]
    public void A_container_whose_monitor_is_gone_is_started_anew() =>
        Assert.Equal(["start container 100 anew: its monitor is gone"], Plan([Item("100")], [There(Item("100"), monitor: null)]));

    [Fact]
    public void Another_template_means_another_root_file_system() =>
        Assert.Equal(
            ["delete container 100 to make it from another template; its files go to the trash", "create container 100 from template other", "start container 100"],
            Plan([Item("100", template: "other")], [There(Item("100"))]));

    [Theory]
    [InlineData("55", "veth55", "10.1.0.9/24", "The id 55")]
    [InlineData("56", "vethx", "10.1.0.9/24", "The device vethx")]
    [InlineData("56", "veth56", "10.1.0.55/24", "The address 10.1.0.55")]
    public void What_another_program_holds_is_a_conflict_that_names_the_holder(string id, string veth, string address, string what)
    {
        var item = Item(id) with { Veth = veth, Properties = Item(id).Properties with { Ipv4Address = address } };

        var error = Refusal(item, [Foreign]);

        Assert.Equal((ErrorKind.Conflict, $"{what} belongs to container 55, which MeshMcp did not make."), (error.Kind, error.Message));
    }

    [Fact]
    public void A_device_that_belongs_to_nobody_we_know_is_a_conflict() =>
        Assert.Equal(ErrorKind.Conflict, Refusal(Item("100"), [], "veth100").Kind);

    [Fact]
    public void A_step_says_whether_it_ends_a_container_that_runs()
    {
        static Touch Only(IReadOnlyList<Container> desired, HostContainer there) => Assert.Single(System.Plan(new() { Containers = desired },
            new([there], [], [.. desired.Select(d => new WantedContainer(d, Render(d), new("/t", false), []))], new HashSet<string>())).SelectMany(s => s.Touches));

        Assert.Equal(new Touch.Container("100", Runs: true, Ends: true), Only([Item("100", running: false)], There(Item("100"))));
        Assert.Equal(new Touch.Container("100", Runs: true, Ends: true), Only([], There(Item("100"))));
        Assert.Equal(new Touch.Container("100", Runs: false, Ends: true), Only([Item("100")], There(Item("100"), running: false)));
    }

    [Fact]
    public void What_is_ours_is_seen_with_whether_it_runs()
    {
        var ours = System.Ours(new([There(Item("100")), There(Item("101"), running: false), Foreign], [], [], new HashSet<string>()))!;

        Assert.Equal([("100", true), ("101", false)], ours.Containers.Select(c => (c.Id, c.Running)));
    }
}
