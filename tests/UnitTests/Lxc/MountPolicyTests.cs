using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Host.Lxc;
using MeshMcp.HostBridge.Systems.Lxc;
using Xunit;

namespace MeshMcp.UnitTests.Lxc;

/// <summary>Which of the host's folders a container can be given, and by whom.</summary>
public sealed class MountPolicyTests
{
    static readonly BridgeConfiguration Configuration = new() { State = "/srv/agent/state", Socket = "/srv/agent/run/hostbridge.sock", Mounts = ["/usr/bin/v2ray", "/srv/web/**"] };

    static LxcSystem System(BridgeConfiguration? configuration = null) => new(null!, null!, null!, new(configuration ?? Configuration));

    [Theory]
    [InlineData("/")]
    [InlineData("/proc"), InlineData("/proc/1/root"), InlineData("/sys/fs/cgroup"), InlineData("/dev"), InlineData("/dev/sda"), InlineData("/boot")]
    [InlineData("/etc"), InlineData("/etc/meshmcp"), InlineData("/etc/meshmcp/mcp/server.key")]
    [InlineData("/run"), InlineData("/run/meshmcp"), InlineData("/run/meshmcp/hostbridge.sock"), InlineData("/var/run/docker.sock")]
    [InlineData("/var"), InlineData("/var/lib"), InlineData("/var/lib/lxc"), InlineData("/var/lib/lxc/200/rootfs"), InlineData("/var/lib/meshmcp/secrets")]
    [InlineData("/srv"), InlineData("/srv/agent"), InlineData("/srv/agent/state"), InlineData("/srv/agent/state/secrets/x"), InlineData("/srv/agent/run")]
    public void What_holds_the_host_or_the_agent_is_mounted_for_nobody(string source)
    {
        var problem = Assert.Single(System().Validate(State(With(source))));

        Assert.Equal("lxc.containers.100.properties.mounts[0].source", problem.Path);
        Assert.Contains("never mounted", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("//"), InlineData("//proc"), InlineData("/./proc"), InlineData("/srv//web"), InlineData("/srv/web/"), InlineData("/srv/web/."), InlineData("/srv/web/../../proc"), InlineData("proc"), InlineData(""), InlineData("/a\nlxc.hook.start = /x"), InlineData("/a b")]
    public void A_source_that_is_spelled_in_another_way_is_refused(string source) =>
        Assert.NotEmpty(System().Validate(State(With(source))));

    [Theory]
    [InlineData("/usr/bin/v2ray", true), InlineData("/srv/web", true), InlineData("/srv/web/a/b", true)]
    [InlineData("/usr/bin/v2rayx", false), InlineData("/usr/bin", false), InlineData("/srv/webs", false), InlineData("/home/x", false), InlineData("/srv", false)]
    public void Who_is_not_root_on_the_node_mounts_what_its_configuration_lists(string source, bool listed)
    {
        Assert.Equal(listed, !System().RootsOf(new(), State(With(source))).Any());
        Assert.True(System(new()).RootsOf(new(), State(With(source))).Any());
    }

    [Fact]
    public void What_root_mounted_stays_when_others_change_the_rest_and_is_not_made_writable_or_another_containers()
    {
        var (container, other) = (With("/home/x"), With("/home/x") with { Id = "101", Veth = "veth101" });

        Assert.Empty(System().RootsOf(State(container), State(container with { Properties = container.Properties with { Dns = ["9.9.9.9"] } })));
        Assert.NotEmpty(System().RootsOf(State(container), State(container with { Properties = container.Properties with { Mounts = [container.Properties.Mounts[0] with { ReadOnly = false }] } })));
        Assert.NotEmpty(System().RootsOf(State(container), State(container with { Properties = container.Properties with { Mounts = [container.Properties.Mounts[0] with { Target = "/x" }] } })));
        Assert.NotEmpty(System().RootsOf(State(container), State(container, other)));
        Assert.Empty(System().RootsOf(State(container), State()));
        Assert.NotEmpty(System().RootsOf(State(), State(container)));
    }

    [Fact]
    public void A_container_whose_root_is_the_hosts_is_made_and_changed_by_root_alone()
    {
        var plain = new Container { Id = "100", Veth = "veth100" };
        foreach (var privileged in new[] { plain with { Properties = new() { Privileged = true } }, plain with { Properties = new() { IdMap = 0 } } })
        {
            Assert.NotEmpty(System().RootsOf(State(), State(privileged)));
            Assert.NotEmpty(System().RootsOf(State(plain), State(privileged)));
            Assert.NotEmpty(System().RootsOf(State(privileged), State(privileged with { Properties = privileged.Properties with { Files = [new() { Path = "/x", Content = "" }] } })));
            Assert.Empty(System().RootsOf(State(privileged), State(privileged with { Running = false })));
            Assert.NotEmpty(System().RootsOf(State(privileged), State(plain)));
            Assert.Empty(System().RootsOf(State(privileged), State()));
        }
    }

    [Theory]
    [InlineData("/usr/bin/v2ray", true), InlineData("/srv/web/**", true)]
    [InlineData("srv", false), InlineData("/", false), InlineData("/**", false), InlineData("/srv/*", false), InlineData("/srv/**/x", false), InlineData("/srv/../etc", false), InlineData("/srv/", false), InlineData("", false)]
    public void The_configuration_lists_paths_or_all_below_one(string listed, bool good) => Assert.Equal(good, MountPolicy.FaultOf(listed) is null);

    static Container With(string source) => new() { Id = "100", Veth = "veth100", Properties = new() { Mounts = [new() { Source = source, Target = "/mnt" }] } };

    static NodeState State(params IReadOnlyList<Container> containers) => new() { Lxc = new() { Containers = containers } };
}
