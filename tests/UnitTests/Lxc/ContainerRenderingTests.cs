using System.Diagnostics;
using System.Text;
using CliWrap.Buffered;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Host.Lxc;
using MeshMcp.HostBridge.Systems.Lxc;
using Xunit;

namespace MeshMcp.UnitTests.Lxc;

public sealed class ContainerRenderingTests
{
    static readonly RenderingPlace Place = new("10.1.0.1/24", (id, revision) => $"node/{id}/{revision}", new(false, new HashSet<string> { "memory", "cpu", "pids" }), new HashSet<string> { "/etc/hostname" }, ["lxc.seccomp.profile = /list"], new() { Processes = 512 });

    static Container Web => new()
    {
        Id = "200",
        Veth = "veth200",
        Properties = new()
        {
            Name = "web",
            Ipv4Address = "10.1.0.200/24",
            Template = "small",
            Dns = ["9.9.9.9"],
            Limits = new() { Memory = 1024, Cpus = 0.5, Processes = 7 },
            Mounts = [new() { Source = "/usr/share/dotnet", Target = "/usr/share/dotnet" }, new() { Source = "/etc/hostname", Target = "/etc/hostname", ReadOnly = false }],
            IdMap = 100000,
            Files = [new() { Path = "/etc/key", Secret = "secret:key" }],
        },
    };

    static readonly Dictionary<string, string> Contents = new() { ["secret:key"] = "k" };

    [Fact]
    public void A_container_becomes_a_configuration_without_a_bridge_with_its_own_address_and_our_mark()
    {
        var made = ContainerRendering.Of(Web, Place, Contents);

        Assert.Equal($"""
            # Written by MeshMcp; what is changed here is put back.
            lxc.group = meshmcp
            lxc.start.auto = 0
            lxc.uts.name = web
            lxc.rootfs.path = dir:/var/lib/lxc/200/rootfs
            lxc.init.cmd = /bin/sh /etc/meshmcp/init
            lxc.signal.halt = SIGTERM
            lxc.autodev = 1
            lxc.pty.max = 64
            lxc.tty.max = 0
            lxc.mount.auto = proc:mixed sys:ro
            lxc.cap.drop = audit_control audit_read block_suspend mac_admin mac_override mknod sys_boot sys_module sys_rawio sys_time syslog wake_alarm
            lxc.seccomp.profile = /list
            lxc.net.0.type = veth
            lxc.net.0.veth.pair = veth200
            lxc.net.0.name = eth0
            lxc.net.0.flags = up
            lxc.net.0.mtu = 1420
            lxc.net.0.hwaddr = 02:00:0a:01:00:c8
            lxc.net.0.ipv4.address = 10.1.0.200/24
            lxc.net.0.ipv4.gateway = 10.1.0.1
            # /usr/share/dotnet
            lxc.mount.entry = /var/lib/lxc/200/mounts/0 usr/share/dotnet none bind,ro,nodev,nosuid,create=dir,idmap=container 0 0
            # /etc/hostname
            lxc.mount.entry = /var/lib/lxc/200/mounts/1 etc/hostname none bind,rw,nodev,nosuid,create=file,idmap=container 0 0
            lxc.cgroup.memory.limit_in_bytes = 1024
            lxc.cgroup.cpu.cfs_period_us = 100000
            lxc.cgroup.cpu.cfs_quota_us = 50000
            lxc.cgroup.pids.max = 7
            lxc.rootfs.options = nodev,idmap=container
            lxc.idmap = u 0 100000 65536
            lxc.idmap = g 0 100000 65536
            lxc.environment = MESHMCP_CONTAINER=node/200/{made.Revision}

            """, made.Config);
        Assert.True(ContainerRendering.IsMarked(made.Config));
        Assert.Equal(["/etc/meshmcp/init", "/etc/resolv.conf", "/etc/key"], made.Files.Select(f => f.Path));
        Assert.Equal("k", Encoding.UTF8.GetString(made.Files[2].Content));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, made.Files[2].Mode);
        Assert.DoesNotContain("\"k\"", made.Item, StringComparison.Ordinal);
    }

    [Fact]
    public void Its_revision_changes_with_anything_that_the_running_container_was_given_and_with_nothing_else()
    {
        var first = ContainerRendering.Of(Web, Place, Contents).Revision;

        Assert.Equal(first, ContainerRendering.Of(Web with { Running = false }, Place, Contents).Revision);
        Assert.NotEqual(first, ContainerRendering.Of(Web, Place, new Dictionary<string, string> { ["secret:key"] = "other" }).Revision);
        Assert.NotEqual(first, ContainerRendering.Of(Web, Place with { Gateway = "10.1.0.2/24" }, Contents).Revision);
        Assert.NotEqual(first, ContainerRendering.Of(Web with { Properties = Web.Properties with { Services = [new() { Name = "a", Port = 1, Command = ["a"] }] } }, Place, Contents).Revision);
    }

    [Fact]
    public void A_container_with_our_server_sees_program_public_certificate_and_the_configuration_of_its_role_and_writes_none()
    {
        var made = ContainerRendering.Of(Web with { Properties = Web.Properties with { Mounts = [], Services = [new() { Name = "mcp", Port = 9573, Command = [] }] } }, Place, Contents);
        Assert.Equal(["/usr/lib/meshmcp", "/etc/meshmcp/acme/public", "/etc/meshmcp/mcp"], made.Mounts.Select(m => m.Source));
        Assert.All(made.Mounts, m => Assert.Contains($"{m.Staged} {m.Source[1..]} none rbind,ro,nodev,nosuid,create=dir", made.Config, StringComparison.Ordinal));
        // There before the first certificate is.
        Assert.Equal([false, true, false], made.Mounts.Select(m => m.IsMade));
    }

    [Fact]
    public void A_container_that_names_no_ids_has_ones_of_its_own_and_only_a_privileged_one_has_the_hosts()
    {
        var own = Config(Web with { Properties = Web.Properties with { IdMap = null } });
        Assert.Contains("lxc.idmap = u 0 13107200 65536\n", own, StringComparison.Ordinal);
        Assert.Contains("idmap=container", own, StringComparison.Ordinal);
        foreach (var privileged in new[] { Web.Properties with { IdMap = null, Privileged = true }, Web.Properties with { IdMap = 0 } })
            Assert.DoesNotContain("idmap", Config(Web with { Properties = privileged }), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_container_does_not_limit_is_limited_as_the_node_says()
    {
        Assert.Contains("lxc.cgroup.pids.max = 512\n", Config(Web with { Properties = Web.Properties with { Limits = null } }), StringComparison.Ordinal);
        Assert.Contains("lxc.cgroup.pids.max = 512\n", Config(Web with { Properties = Web.Properties with { Limits = new() { Memory = 5 } } }), StringComparison.Ordinal);
        Assert.Contains("lxc.cgroup.pids.max = 7\n", Config(Web), StringComparison.Ordinal);
    }

    [Fact]
    public void A_disk_limit_is_the_containers_own_or_the_nodes_and_restarts_nothing()
    {
        var own = Web with { Properties = Web.Properties with { Limits = Web.Properties.Limits! with { Disk = 1 << 30 } } };

        Assert.Equal((1L << 30, 2L << 30, null), (Made(own, 2L << 30).Disk, Made(Web, 2L << 30).Disk, Made(Web, null).Disk));
        Assert.Equal(Made(Web, null).Revision, Made(own, 2L << 30).Revision);

        static Rendering Made(Container container, long? disk) => ContainerRendering.Of(container, Place with { Limits = new() { Disk = disk is { } b ? new ByteSize(b) : null } }, Contents);
    }

    static string Config(Container container) => ContainerRendering.Of(container, Place, Contents).Config;

    [Fact]
    public void Without_control_groups_there_are_no_limits_and_what_is_missing_is_known()
    {
        var none = new Cgroups(true, new HashSet<string> { "pids" });

        Assert.Equal(["memory", "cpu"], none.MissingFor(Web.Properties.Limits));
        Assert.Equal(["lxc.cgroup2.pids.max = 7"], none.LinesOf(Web.Properties.Limits));
    }

    [Fact]
    public async Task No_argument_of_a_service_is_read_by_the_shell()
    {
        string[] arguments = ["plain", "two words", "it's", "'\\''", "$HOME `id` $(id)", "a;b|c&d>e<f", "*", "line\nbreak", "\\", "", "-n", "\"q\"", "#no"];
        var script = InitScript.Of([new() { Name = "s", Port = 1, Command = ["/usr/bin/printf", "%s\\0", .. arguments] }]);
        var call = script[(script.IndexOf("\nstart s ", StringComparison.Ordinal) + 1)..script.IndexOf("\nwhile :; do\n  sleep 60", StringComparison.Ordinal)];
        var shell = await ("start() { shift; \"$@\"; }\n" + call + "\n" | CliWrap.Cli.Wrap("/bin/sh")).ExecuteBufferedAsync(TestContext.Current.CancellationToken);

        Assert.Equal(arguments, shell.StandardOutput.Split('\0')[..^1]);
    }
}
