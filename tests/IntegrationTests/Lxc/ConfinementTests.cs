using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.Lxc;

/// <summary>What a container, its template and its root cannot do to the host.</summary>
[Collection(ContainerLabs.Name)]
public sealed class ConfinementTests(ContainerLab lab)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_container_that_names_no_ids_runs_with_its_own_few_system_calls_and_a_bound_of_processes()
    {
        await lab.DeclareAsync(ContainerLab.Item("210"));

        Assert.Equal($"0 {210 * 65536} 65536", string.Join(' ', (await lab.ExecAsync("210", "cat", "/proc/self/uid_map")).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
        var status = await lab.ExecAsync("210", "cat", "/proc/1/status");
        Assert.Contains("Seccomp:\t2", status, StringComparison.Ordinal);
        Assert.Equal("512", (await lab.RunAsync("sh", "-c", $"cat /sys/fs/cgroup/pids/lxc.payload.210*/pids.max /sys/fs/cgroup/lxc.payload.210*/pids.max 2>/dev/null; true")).Trim());
    }

    [Fact]
    public async Task Devices_of_a_template_are_nothing_in_a_container_and_its_set_user_id_programs_nothing_on_the_host()
    {
        await TemplateAsync("odd", "mknod -m 666 $T/etc/zero c 1 5; mknod -m 666 $T/etc/disk b 7 0; chmod u+s $T/bin/busybox");
        foreach (var (id, privileged) in new[] { ("211", false), ("212", true) })
        {
            await lab.DeclareAsync(From("odd", id, new() { Privileged = privileged ? true : null }));
            foreach (var device in new[] { "/etc/zero", "/etc/disk" })
                Assert.Contains("ermission denied", (await lab.Client.ExecAsync(id, new(["head", "-c", "1", device]), Ct)).ErrorOutput, StringComparison.Ordinal);
            await lab.ExecAsync(id, "sh", "-c", "cp /bin/busybox /root/mine; chmod 4755 /root/mine; echo > /dev/null");

            foreach (var program in new[] { "bin/busybox", "root/mine" })
                Assert.Contains("ermission denied", await lab.RunAsync("sh", "-c", $"runuser -u nobody -- /var/lib/lxc/{id}/rootfs/{program} id 2>&1 || true"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_root_file_system_of_ids_that_a_container_has_not_is_refused_as_a_template_and_as_a_tarball()
    {
        var refusal = await Assert.ThrowsAsync<MeshException>(() => TemplateAsync("shifted", "chown 100000:100000 $T/etc/hosts"));
        Assert.Equal((ErrorKind.InvalidArgument, true), (refusal.Error.Kind, refusal.Error.Message.Contains("/etc/hosts of 100000:100000", StringComparison.Ordinal)));

        await lab.RunAsync("tar", "-c", "-f", "/run/shifted.tar", "-C", "/run/template-shifted", ".");
        await lab.Client.AddTemplateAsync("shifted-tar", new() { Source = "/run/shifted.tar" }, Ct);
        var failure = await Assert.ThrowsAsync<MeshException>(() => lab.DeclareAsync(From("shifted-tar", "213")));
        Assert.Contains("ids that a container has not", failure.Error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("213", await lab.FoldersAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_that_floods_its_log_never_fills_more_than_its_bound_and_what_it_says_last_is_there()
    {
        await lab.DeclareAsync(ContainerLab.Item("214", new() { Services = [new() { Name = "loud", Port = 9, Command = ["sh", "-c", "dd if=/dev/zero bs=65536 count=400 2>/dev/null; echo; echo said last; sleep 1000"] }] }));

        await Eventually.True(async () => (await lab.ExecAsync("214", "tail", "-n", "1", "/var/log/loud.log")).Trim() == "said last", ContainerLab.Hangs, "what the service said last is in its log");
        var sizes = (await lab.ExecAsync("214", "stat", "-c", "%s", "/var/log/loud.log", "/var/log/loud.log.1")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(long.Parse).ToArray();
        Assert.All(sizes, s => Assert.InRange(s, 1, 2 * 1024 * 1024));
    }

    [Fact]
    public async Task A_mount_whose_source_was_led_elsewhere_is_not_followed()
    {
        await lab.RunAsync("sh", "-c", "mkdir -p /srv/web/site; echo here > /srv/web/site/f");
        var item = ContainerLab.Item("215", new() { Mounts = [new() { Source = "/srv/web/site", Target = "/site" }] });
        await lab.DeclareAsync(item);
        Assert.Equal("here\n", await lab.ExecAsync("215", "cat", "/site/f"));
        Assert.Equal("", await lab.RunAsync("sh", "-c", "ls /var/lib/lxc/215/mounts; grep lxc/215/mounts /proc/mounts || true"));

        await lab.RunAsync("sh", "-c", "mv /srv/web/site /srv/web/old; ln -s /etc /srv/web/site");
        var refusal = await Assert.ThrowsAsync<MeshException>(() => lab.Client.RestartContainerAsync("215", null, Ct));
        Assert.Contains("/srv/web/site has a link on its way; name where it leads: /etc.", refusal.Error.Message, StringComparison.Ordinal);
        Assert.Equal("here\n", await lab.ExecAsync("215", "cat", "/site/f"));

        await lab.RunAsync("sh", "-c", "rm /srv/web/site; mv /srv/web/old /srv/web/site");
        await lab.Client.RestartContainerAsync("215", null, Ct);
        Assert.Equal("here\n", await lab.ExecAsync("215", "cat", "/site/f"));
    }

    [Theory]
    [InlineData("/run/openvswitch/db.sock", "true")]
    [InlineData("/srv/pipe", "rm -f /srv/pipe; mkfifo /srv/pipe")]
    [InlineData("/srv/device", "rm -f /srv/device; mknod /srv/device c 1 5")]
    public async Task Only_folders_and_plain_files_are_mounted(string source, string make)
    {
        await lab.RunAsync("sh", "-c", make);
        await lab.DeclareAsync(ContainerLab.Item("216", new() { Mounts = [new() { Source = source, Target = "/odd" }] }));

        Assert.Contains((await lab.StatusAsync("216"))!.Waiting!, w => w.Contains($"{source} is a socket, a pipe or a device", StringComparison.Ordinal));
    }

    /// <summary>A copy of the small template with something done to it.</summary>
    async Task TemplateAsync(string name, string change)
    {
        await lab.RunAsync("sh", "-c", $"T=/run/template-{name}; rm -rf $T; cp -a /var/lib/meshmcp/templates/{ContainerLab.Template} $T; {change}");
        await lab.Client.AddTemplateAsync(name, new() { Source = $"/run/template-{name}" }, Ct);
    }

    static Container From(string template, string id, ContainerProperties? properties = null)
    {
        var item = ContainerLab.Item(id, properties);
        return item with { Properties = item.Properties with { Template = template } };
    }
}
