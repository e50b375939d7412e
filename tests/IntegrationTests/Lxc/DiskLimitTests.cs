using System.Globalization;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.Lxc;

/// <summary>Containers whose root file system is an image: what its own root writes, and what becomes of image, mount and loop device.</summary>
[Collection(ContainerLabs.Name)]
public sealed class DiskLimitTests(ContainerLab lab)
{
    const long M = 1 << 20;
    const string Fill = "dd if=/dev/zero of=/fill bs=65536; dd if=/dev/zero of=/var/log/more bs=65536; i=0; while echo > /tmp/$i; do i=$((i+1)); done 2>/dev/null; ls /tmp | wc -l";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static Container Limited(string id, long disk) => ContainerLab.Item(id, new() { Limits = new() { Disk = disk } });

    [Fact]
    public async Task A_containers_root_fills_its_own_limit_and_no_more_of_the_host_and_gives_back_what_it_deletes()
    {
        await lab.DeclareAsync(Limited("220", 32 * M), ContainerLab.Item("221"));

        var said = await lab.Client.ExecAsync("220", new(["sh", "-c", Fill]) { TimeoutSeconds = 60 }, Ct);
        Assert.Contains("No space left on device", said.ErrorOutput, StringComparison.Ordinal);
        await lab.ExecAsync("220", "sync");
        Assert.InRange(await UsedAsync("220"), 16 * M, 32 * M + 64 * 1024);
        // Its neighbour, and the host, write on.
        await lab.ExecAsync("221", "sh", "-c", "dd if=/dev/zero of=/fill bs=65536 count=1000 && rm /fill");

        await lab.ExecAsync("220", "sh", "-c", "rm -rf /fill /var/log/more /tmp/*; sync");
        await Eventually.True(async () => await UsedAsync("220") < 16 * M, ContainerLab.Hangs, "the host has the room again", Ct);
        await lab.PingsAsync("221", "10.1.0.220");
    }

    [Fact]
    public async Task It_is_mounted_in_its_container_alone_with_its_rules_and_its_loop_device_ends_with_it()
    {
        await lab.DeclareAsync(Limited("222", 32 * M), ContainerLab.Item("223"));
        await lab.ExecAsync("222", "sh", "-c", "echo kept > /root/note; cp /bin/busybox /root/mine; chmod 4755 /root/mine; chown 5:6 /root/note");

        Assert.Equal("", await MountsAsync());
        Assert.Single(await LoopsAsync());
        Assert.Contains(" / rw,nodev,", await lab.ExecAsync("222", "grep", " / / ", "/proc/self/mountinfo"), StringComparison.Ordinal);
        Assert.Equal("600 0:0\n600 0:0\n", await lab.RunAsync("stat", "-c", "%a %u:%g", "/var/lib/lxc/222/rootfs.img", "/var/lib/lxc/222/rootfs.size"));
        for (var again = 0; again < 5; again++)
        {
            await lab.Client.RestartContainerAsync("222", null, Ct);
            Assert.Equal(("kept\n", "5:6\n"), (await lab.ExecAsync("222", "cat", "/root/note"), await lab.ExecAsync("222", "stat", "-c", "%u:%g", "/root/note")));
            Assert.Single(await LoopsAsync());
        }
        // Started meanwhile, the neighbour holds nothing of it.
        await lab.Client.RestartContainerAsync("223", null, Ct);
        await lab.EditAsync(new SetContainerRunning("222", false));
        await NoLoopAsync();
        Assert.Equal("", (await lab.RunAsync("ls", "/var/lib/lxc/222/rootfs")).Trim());
    }

    [Fact]
    public async Task The_log_of_a_service_is_shown_and_nothing_else_that_its_root_puts_in_the_way()
    {
        ContainerService[] services = [new() { Name = "loud", Port = 9, Command = ["sh", "-c", "echo said; exec sleep 1000"] }];
        var item = Limited("224", 32 * M);
        await lab.DeclareAsync(item with { Properties = item.Properties with { Services = services } });
        await Eventually.True(async () => (await lab.StatusAsync("224"))!.Log.Contains("loud: said"), ContainerLab.Hangs, "the log is shown", Ct);

        foreach (var way in new[] { "ln -sf /proc/self/status /var/log/loud.log", "rm /var/log/loud.log; mount -t tmpfs none /var/log && echo other > /var/log/loud.log" })
        {
            await lab.Client.ExecAsync("224", new(["sh", "-c", way]), Ct);
            Assert.Empty((await lab.StatusAsync("224"))!.Log);
        }
    }

    /// <summary>The kernel makes a mounted file system larger for whoever has CAP_SYS_RESOURCE; containers that builds run in often have it not.</summary>
    static bool MayGrow => (ulong.Parse(File.ReadLines("/proc/self/status").First(l => l.StartsWith("CapEff:", StringComparison.Ordinal))[7..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) >> 24 & 1) == 1;

    [Fact]
    public async Task A_limit_is_raised_while_the_container_runs_also_when_it_is_full_and_never_lowered_taken_away_or_given_later()
    {
        await lab.DeclareAsync(Limited("225", 32 * M), ContainerLab.Item("226"));
        var init = await lab.InitAsync("225");
        await lab.Client.ExecAsync("225", new(["sh", "-c", Fill]) { TimeoutSeconds = 60 }, Ct);

        if (MayGrow) await GrowsAsync(init);
        else
        {
            var refusal = (await Assert.ThrowsAsync<MeshException>(() => lab.EditAsync(new UpdateContainer("225", new() { Limits = new() { Disk = 256 * M } })))).Error;
            Assert.Contains("could not be made larger", refusal.Message, StringComparison.Ordinal);
            Assert.Equal(("33554432", $"{32 * M}"), ((await lab.RunAsync("stat", "-c", "%s", "/var/lib/lxc/225/rootfs.img")).Trim(), (await lab.RunAsync("cat", "/var/lib/lxc/225/rootfs.size")).Trim()));
            Assert.InRange(await SizeAsync("225"), 20 * M, 32 * M);
        }
        Assert.Equal(init, await lab.InitAsync("225"));
        await lab.ExecAsync("225", "rm", "/fill");

        foreach (var (item, says) in new[] { (Limited("225", 24 * M), "neither lowered nor taken away"), (ContainerLab.Item("225"), "neither lowered nor taken away") })
            Assert.Contains(says, (await Assert.ThrowsAsync<MeshException>(() => lab.DeclareAsync(item, ContainerLab.Item("226")))).Error.Message, StringComparison.Ordinal);
        Assert.Contains("made without a disk limit", (await Assert.ThrowsAsync<MeshException>(() => lab.EditAsync(new UpdateContainer("226", new() { Limits = new() { Disk = 64 * M } })))).Error.Message, StringComparison.Ordinal);
        var large = await LargeAsync("227", 16 * M);
        Assert.Contains("does not fit into its disk limit of 16M", (await Assert.ThrowsAsync<MeshException>(() => lab.DeclareAsync(large))).Error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("227", await lab.FoldersAsync(), StringComparison.Ordinal);
        Assert.Equal("", await MountsAsync());
    }

    async Task GrowsAsync(int init)
    {
        await lab.EditAsync(new UpdateContainer("225", new() { Limits = new() { Disk = 256 * M } }), confirmWithin: 600);
        Assert.Equal(init, await lab.InitAsync("225"));
        Assert.InRange(await SizeAsync("225"), 200 * M, 256 * M);
        await lab.ExecAsync("225", "dd", "if=/dev/zero", "of=/more", "bs=1048576", "count=100");

        // Undone it keeps its size, and that is told.
        await lab.RollbackAsync();
        Assert.Equal(32 * M, (await lab.Client.StateAsync("desired", Ct)).State.Lxc!.Containers[0].Properties.Limits!.Disk!.Value.Bytes);
        Assert.Contains((await lab.Client.StatusAsync(Ct)).Findings, f => f.Path == "lxc.containers.225.properties.limits.disk" && f.Message.Contains("256M and stays so", StringComparison.Ordinal));
        await lab.EditAsync(new UpdateContainer("225", new() { Limits = new() { Disk = 300 * M } }));
        Assert.InRange(await SizeAsync("225"), 257 * M, 300 * M);
    }

    [Fact]
    public async Task A_deleted_one_goes_to_the_trash_with_its_image_comes_back_with_it_and_is_purged_with_it()
    {
        await lab.DeclareAsync(Limited("228", 32 * M));
        await lab.ExecAsync("228", "sh", "-c", "echo kept > /root/note");
        await lab.EditAsync(new DeleteContainer("228"), confirmWithin: 600);
        await NoLoopAsync();
        await lab.RollbackAsync();
        Assert.Equal("kept\n", await lab.ExecAsync("228", "cat", "/root/note"));

        await lab.EditAsync(new DeleteContainer("228"));
        await lab.EditAsync(new CreateContainer(new() { Id = "228", Veth = "" }, Restore: true));
        Assert.Equal("kept\n", await lab.ExecAsync("228", "cat", "/root/note"));
        Assert.InRange(await SizeAsync("228"), 20 * M, 32 * M);

        await lab.EditAsync(new DeleteContainer("228"));
        await lab.Client.PurgeContainerAsync("228", null, Ct);
        Assert.Equal("", (await lab.RunAsync("sh", "-c", "ls -d /var/lib/lxc/.meshmcp-trash/228-* 2>/dev/null || true")).Trim());
        await NoLoopAsync();
    }

    [Fact]
    public async Task What_somebody_unmounts_or_mounts_there_changes_nothing()
    {
        await lab.DeclareAsync(Limited("229", 32 * M));
        await lab.ExecAsync("229", "sh", "-c", "echo kept > /root/note");

        await lab.RunAsync("sh", "-c", "cd /var/lib/lxc/229; mount -o loop rootfs.img rootfs; mount -o bind rootfs rootfs; test -f rootfs/root/note");
        await lab.Client.RestartContainerAsync("229", null, Ct);
        Assert.Equal("kept\n", await lab.ExecAsync("229", "cat", "/root/note"));
        Assert.Equal("", await MountsAsync());
        Assert.Single(await LoopsAsync());
        await lab.RunAsync("sh", "-c", "cd /var/lib/lxc/229; mount -o loop rootfs.img rootfs");
        await lab.EditAsync(new DeleteContainer("229"));
        await NoLoopAsync();
    }

    [Fact]
    public async Task The_nodes_own_limit_holds_for_those_that_are_made_from_then_on()
    {
        await lab.DeclareAsync(ContainerLab.Item("230"));
        await ConfigureAsync("s/^{/{\"limits\":{\"disk\":\"24M\"},/");
        try
        {
            await lab.DeclareAsync(ContainerLab.Item("230"), ContainerLab.Item("231"));
            Assert.InRange(await SizeAsync("231"), 12 * M, 24 * M);
            await lab.RunAsync("test", "!", "-e", "/var/lib/lxc/230/rootfs.img");
            Assert.Contains("not made smaller", (await Assert.ThrowsAsync<MeshException>(() => lab.EditAsync(new UpdateContainer("231", new() { Limits = new() { Disk = 20 * M } })))).Error.Message, StringComparison.Ordinal);
        }
        finally
        {
            await ConfigureAsync("s/^{\"limits\":{\"disk\":\"24M\"},/{/");
        }
        await lab.ExecAsync("231", "true");
    }

    [Fact]
    public async Task A_limit_that_the_nodes_file_system_is_smaller_than_is_refused_and_leaves_nothing()
    {
        await lab.DeclareAsync(Limited("234", 32 * M));

        foreach (var edit in new Edit[] { new CreateContainer(Limited("233", 1_000_000_000 * M)), new UpdateContainer("234", new() { Limits = new() { Disk = 1_000_000_000 * M } }) })
            Assert.Contains("holds nothing: the file system of /var/lib/lxc has ", (await Assert.ThrowsAsync<MeshException>(() => lab.EditAsync(edit))).Error.Message, StringComparison.Ordinal);
        await lab.RunAsync("test", "!", "-e", "/var/lib/lxc/233");
        await lab.ExecAsync("234", "true");
    }

    /// <summary>Each program of a step, and whether the agent dies before or after it.</summary>
    public static TheoryData<string, bool> Programs => [.. from program in new[] { "mkfs.ext4", "mount", "cp", "find", "lxc-start", "losetup", "resize2fs" } from before in new[] { true, false } select (program, before)];

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task An_agent_killed_at_any_program_of_a_step_leaves_one_file_system_that_works_and_no_mount(string program, bool before)
    {
        var (grows, last) = (program is "losetup" or "resize2fs", MayGrow ? 64 * M : 32 * M);
        await lab.DeclareAsync();
        if (grows) await lab.DeclareAsync(Limited("232", 32 * M));
        await DeadlyAsync(program, before);
        try
        {
            await Assert.ThrowsAnyAsync<Exception>(() => lab.DeclareAsync(Limited("232", grows ? 64 * M : 32 * M)));
            Assert.True(await lab.Lab.In(ContainerLab.Node, "test", "-e", "/run/died").RunAsync(ct: Ct) is { ExitCode: 0 }, $"no {program} was run");
        }
        finally
        {
            await lab.RunAsync("sh", "-c", $"umount -l $(readlink -f $(command -v {program}))");
        }
        await Eventually.True(async () => { try { return (await lab.Client.StatusAsync(Ct)).Pending is null && await MountsAsync() == ""; } catch (MeshException) { return false; } }, ContainerLab.Hangs, "the agent is back and has tidied up", Ct);
        await Eventually.True(async () => { try { await lab.DeclareAsync(Limited("232", last)); return true; } catch (MeshException e) when (e.Error.Kind is ErrorKind.Conflict or ErrorKind.Unavailable) { return false; } }, ContainerLab.Hangs, "the change is made again", Ct);

        Assert.InRange(await SizeAsync("232"), last * 5 / 8, last);
        await lab.ExecAsync("232", "sh", "-c", "echo kept > /root/note");
        await lab.Client.RestartContainerAsync("232", null, Ct);
        Assert.Equal("kept\n", await lab.ExecAsync("232", "cat", "/root/note"));
        Assert.Equal("", await MountsAsync());
        Assert.Single(await LoopsAsync());
        Assert.Equal("", (await lab.RunAsync("sh", "-c", "ls /var/lib/lxc/.meshmcp-new 2>/dev/null || true")).Trim());
        await lab.DeclareAsync();
        await NoLoopAsync();
        await lab.Client.PurgeContainerAsync("232", null, Ct);
    }

    /// <summary>Puts a program in the place of the node's own that ends the agent when the agent runs it.</summary>
    Task<string> DeadlyAsync(string program, bool before) => lab.RunAsync("sh", "-c", $$"""
        mkdir -p /run/real; rm -f /run/died
        cp -L $(command -v {{program}}) /run/real/{{program}}
        printf '#!/bin/sh\n%s%s\n%s\n' 'case $(readlink /proc/$PPID/exe) in *hostbridge*|*dotnet*) ;; *) exec /run/real/{{program}} "$@";; esac; touch /run/died; ' '{{(before ? "" : $"/run/real/{program} \"$@\"; ")}}kill -9 $PPID' 'sleep 1; exit 1' > /run/deadly
        chmod 755 /run/deadly
        mount --bind /run/deadly $(readlink -f $(command -v {{program}}))
        """);

    /// <summary>A container of a template that is larger than the small one.</summary>
    async Task<Container> LargeAsync(string id, long disk)
    {
        await lab.RunAsync("sh", "-c", $"T=/run/template-large; rm -rf $T; cp -a /var/lib/meshmcp/templates/{ContainerLab.Template} $T; dd if=/dev/urandom of=$T/root/large bs=1048576 count=20 2>/dev/null");
        await lab.Client.AddTemplateAsync("large", new() { Source = "/run/template-large" }, Ct);
        var item = Limited(id, disk);
        return item with { Properties = item.Properties with { Template = "large" } };
    }

    async Task ConfigureAsync(string change)
    {
        await lab.Lab.StopAsync($"{ContainerLab.Node}/hostbridge", Ct);
        await lab.RunAsync("sed", "-i", change, "/etc/meshmcp/hostbridge.json");
        await lab.Lab.StartAsync($"{ContainerLab.Node}/hostbridge", Ct);
        await Eventually.True(async () => { try { return (await lab.Client.StatusAsync(Ct)).Pending is null; } catch (MeshException) { return false; } }, ContainerLab.Hangs, "the agent answers", Ct);
    }

    /// <summary>Bytes that the image takes of the host's disk.</summary>
    async Task<long> UsedAsync(string id) => long.Parse((await lab.RunAsync("stat", "-c", "%b", $"/var/lib/lxc/{id}/rootfs.img")).Trim(), CultureInfo.InvariantCulture) * 512;

    /// <summary>Bytes of the container's root file system, as it sees them.</summary>
    async Task<long> SizeAsync(string id) => long.Parse((await lab.ExecAsync(id, "df", "-k", "/")).Split('\n')[1].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;

    /// <summary>Mounts below the node's folder of containers.</summary>
    async Task<string> MountsAsync() => await lab.RunAsync("sh", "-c", "grep ' /var/lib/lxc/' /proc/self/mountinfo || true");

    /// <summary>Loop devices of images of this lab: the folder of its containers is its alone.</summary>
    async Task<IReadOnlyList<string>> LoopsAsync() =>
        [.. (await lab.RunAsync("sh", "-c", "for i in $(find /var/lib/lxc -name rootfs.img); do losetup -n -O NAME -j $i; done")).Split('\n', StringSplitOptions.RemoveEmptyEntries)];

    Task NoLoopAsync() => Eventually.True(async () => (await LoopsAsync()).Count == 0, ContainerLab.Hangs, "the loop device is free", Ct);
}
