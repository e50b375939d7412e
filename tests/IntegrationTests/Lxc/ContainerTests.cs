using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.Lxc;

/// <summary>Containers of a real agent, by real LXC, on a real switch.</summary>
[Collection(ContainerLabs.Name)]
public sealed class ContainerTests(ContainerLab lab)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_containers_reach_each_other_and_their_gateway_and_a_service_that_ends_is_started_again()
    {
        ContainerService[] services =
        [
            new() { Name = "http", Port = 80, Command = ["httpd", "-f", "-p", "80", "-h", "/www"] },
            new() { Name = "odd", Port = 81, Command = ["echo", "it's", "$(reboot)"] },
        ];
        await lab.DeclareAsync(ContainerLab.Item("100", new() { Name = "web", Services = services, Files = [new() { Path = "/www/index.html", Content = "hello" }], Dns = ["9.9.9.9"] }), ContainerLab.Item("101"));

        await lab.PingsAsync("101", "10.1.0.100");
        await lab.PingsAsync("101", "10.1.0.1");
        await Eventually.True(async () => await lab.ExecAsync("101", "wget", "-qO-", "http://10.1.0.100/") == "hello", ContainerLab.Hangs, "the service answers", Ct);
        Assert.Equal("nameserver 9.9.9.9\n", await lab.ExecAsync("100", "cat", "/etc/resolv.conf"));
        Assert.Equal("web\n", await lab.ExecAsync("web", "hostname"));
        await lab.ExecAsync("100", "killall", "httpd");
        await Eventually.True(async () => await lab.ExecAsync("101", "wget", "-qO-", "http://10.1.0.100/") == "hello", ContainerLab.Hangs, "the service answers again", Ct);
        await Eventually.True(async () => (await lab.StatusAsync("100"))!.Log is { } log && log.Contains("odd: it's $(reboot)") && log.Any(l => l.StartsWith("http: meshmcp: http ended", StringComparison.Ordinal)), ContainerLab.Hangs, "the logs are shown", Ct);
        var status = (await lab.StatusAsync("100"))!;
        Assert.True(status is { Ours: true, Running: true, Name: "web", Address: "10.1.0.100/24", Sent: > 0, Received: > 0 }, status.ToString());
    }

    [Fact]
    public async Task A_container_that_is_asked_for_without_an_id_or_address_gets_free_ones_and_leaves_nothing_when_it_is_not_confirmed()
    {
        await lab.DeclareAsync(ContainerLab.Item("100"));
        var before = await lab.FoldersAsync();

        await lab.EditAsync(new CreateContainer(new() { Id = "", Veth = "", Properties = new() { Template = ContainerLab.Template } }), confirmWithin: 600);
        var made = (await lab.Client.StateAsync("desired", Ct)).State.Lxc!.Containers[^1];
        Assert.Equal(("101", "veth101", "10.1.0.101/24"), (made.Id, made.Veth, made.Properties.Ipv4Address));
        await lab.PingsAsync("101", "10.1.0.1");
        Assert.True(await lab.IsPortAsync("veth101"));
        await lab.RollbackAsync();

        Assert.Equal(before, await lab.FoldersAsync());
        Assert.False(await lab.IsPortAsync("veth101"));
        Assert.DoesNotContain((await lab.Client.StateAsync("desired", Ct)).State.Lxc!.Containers, c => c.Id == "101");
        await lab.Client.PurgeContainerAsync("101", null, Ct);
    }

    [Fact]
    public async Task A_deleted_container_comes_back_with_its_files_unless_confirmed_and_purged_it_leaves_nothing()
    {
        await lab.DeclareAsync(ContainerLab.Item("120"), ContainerLab.Item("121"));
        await lab.ExecAsync("120", "sh", "-c", "echo kept > /root/note");
        await lab.EditAsync(new DeleteContainer("120"), confirmWithin: 600);
        Assert.Equal("121", await lab.FoldersAsync());
        Assert.Equal(ErrorKind.Conflict, (await Assert.ThrowsAsync<MeshException>(() => lab.Client.PurgeContainerAsync("120", null, Ct))).Error.Kind);

        await lab.RollbackAsync();

        Assert.Equal("kept\n", await lab.ExecAsync("120", "cat", "/root/note"));
        await lab.PingsAsync("121", "10.1.0.120");
        await lab.EditAsync(new DeleteContainer("120"));
        Assert.Equal("120", (await lab.Client.ContainersAsync(0, Ct)).Trash[0].Id);
        await lab.Client.PurgeContainerAsync("120", null, Ct);
        Assert.DoesNotContain((await lab.Client.ContainersAsync(0, Ct)).Trash, t => t.Id == "120");
        Assert.DoesNotContain("120-", await lab.RunAsync("ls", "/var/lib/lxc/.meshmcp-trash"), StringComparison.Ordinal);
        Assert.False(await lab.IsPortAsync("veth120"));
    }

    [Fact]
    public async Task A_changed_container_is_restarted_with_its_new_settings_and_a_stopped_one_stays_stopped()
    {
        await lab.DeclareAsync(ContainerLab.Item("130"), ContainerLab.Item("131"));
        var init = await lab.InitAsync("130");

        await lab.DeclareAsync(ContainerLab.Item("130", new() { Files = [new() { Path = "/etc/motd", Content = "new", Mode = "0600" }] }), ContainerLab.Item("131"));

        Assert.NotEqual(init, await lab.InitAsync("130"));
        Assert.Equal("new", await lab.ExecAsync("130", "cat", "/etc/motd"));
        await lab.PingsAsync("130", "10.1.0.131");
        await lab.EditAsync(new SetContainerRunning("130", false));
        Assert.False((await lab.StatusAsync("130"))!.Running);
        Assert.Equal(ErrorKind.Conflict, (await Assert.ThrowsAsync<MeshException>(() => lab.ExecAsync("130", "true"))).Error.Kind);
        await lab.EditAsync(new SetContainerRunning("130", true));
        await lab.PingsAsync("131", "10.1.0.130");
    }

    [Fact]
    public async Task A_container_waits_for_its_template_and_its_secret_and_is_made_when_they_come()
    {
        var file = new ContainerFile { Path = "/etc/key", Secret = "secret:late" };
        await lab.DeclareAsync(ContainerLab.Item("140", new() { Files = [file] }) with { Properties = new() { Template = "later", Ipv4Address = "10.1.0.140/24", Files = [file] } });
        Assert.Equal(2, (await lab.StatusAsync("140"))!.Waiting!.Count);

        await lab.Client.AddTemplateAsync("later", new() { Build = "busybox" }, Ct);
        Assert.Contains("secret late", (await lab.StatusAsync("140"))!.Waiting!.Single(), StringComparison.Ordinal);
        await lab.Client.PutSecretAsync("late", SecretKind.File, "hush", Ct);

        await Eventually.True(async () => await lab.ExecAsync("140", "cat", "/etc/key") == "hush", ContainerLab.Hangs, "the container is made", Ct);
        Assert.Equal("600\n", await lab.ExecAsync("140", "stat", "-c", "%a", "/etc/key"));
        Assert.DoesNotContain("hush", await lab.RunAsync("cat", "/var/lib/lxc/140/meshmcp.json", "/var/lib/lxc/140/config"), StringComparison.Ordinal);
        await lab.Client.RemoveTemplateAsync("later", Ct);
    }

    [Fact]
    public async Task Containers_of_others_are_shown_and_never_touched()
    {
        await lab.RunAsync("mkdir", "-p", "/var/lib/lxc/300");
        await lab.Lab.In(ContainerLab.Node, "tee", "/var/lib/lxc/300/config").TextAsync("lxc.uts.name = foreign\nlxc.net.0.veth.pair = veth160\nlxc.net.0.ipv4.address = 10.1.0.161/24\n", Ct);

        Assert.True(await lab.StatusAsync("300") is { Ours: false, Name: "foreign", Veth: "veth160" });
        foreach (var taken in new[] { ContainerLab.Item("300") with { Properties = new() { Template = ContainerLab.Template, Ipv4Address = "10.1.0.162/24" } }, ContainerLab.Item("160"), ContainerLab.Item("161") })
            Assert.Equal(ErrorKind.Conflict, (await Assert.ThrowsAsync<MeshException>(() => lab.EditAsync(new CreateContainer(taken)))).Error.Kind);
        Assert.Equal(ErrorKind.PermissionDenied, (await Assert.ThrowsAsync<MeshException>(() => lab.ExecAsync("300", "true"))).Error.Kind);
        await lab.DeclareAsync();
        Assert.Equal("300", await lab.FoldersAsync());
        await lab.RunAsync("rm", "-r", "/var/lib/lxc/300");
    }

    [Fact]
    public async Task A_program_run_in_a_container_gives_its_code_and_at_most_64_KiB_and_is_killed_when_it_takes_too_long()
    {
        await lab.DeclareAsync(ContainerLab.Item("170"));

        Assert.Equal((3, "out\n", "err\n"), await Said("sh", "-c", "echo out; echo err >&2; exit 3"));
        var much = await lab.Client.ExecAsync("170", new(["dd", "if=/dev/zero", "bs=1024", "count=200"]), Ct);
        Assert.True(much is { ExitCode: 0, Cut: true, Output.Length: ContainerExec.MostBytes });
        Assert.Equal(ErrorKind.Timeout, (await Assert.ThrowsAsync<MeshException>(() => lab.Client.ExecAsync("170", new(["sleep", "1000"]) { TimeoutSeconds = 1 }, Ct))).Error.Kind);
        Assert.DoesNotContain("sleep 1000", await lab.ExecAsync("170", "ps"), StringComparison.Ordinal);

        async Task<(int, string, string)> Said(params string[] command)
        {
            var result = await lab.Client.ExecAsync("170", new(command), Ct);
            return (result.ExitCode, result.Output, result.ErrorOutput);
        }
    }

    [Fact]
    public async Task A_program_starts_clean_as_a_service_and_by_exec()
    {
        string[][] looks = [["cat", "/proc/self/status"], ["ls", "/proc/self/fd"], ["env"]];
        await lab.DeclareAsync(ContainerLab.Item("175", new() { Services = [.. looks.Select(l => new ContainerService { Name = l[0], Port = 80, Command = l })] }));

        // By exec LXC gives it the settings' own variable too, which tells the container's init.
        foreach (var look in looks) Clean(look[0], await lab.ExecAsync("175", look), "MESHMCP_CONTAINER");
        foreach (var look in looks)
        {
            await Eventually.True(async () => (await lab.ExecAsync("175", "cat", $"/var/log/{look[0]}.log")).Contains("meshmcp: ", StringComparison.Ordinal), ContainerLab.Hangs, "the service ran", Ct);
            Clean(look[0], (await lab.ExecAsync("175", "cat", $"/var/log/{look[0]}.log")).Split("meshmcp: ")[0]);
        }
        Assert.Equal(3000, (await lab.ExecAsync("175", "sh", "-c", "yes | head -c 3000")).Length);

        static void Clean(string program, string said, params string[] also)
        {
            var lines = said.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            if (program == "ls") Assert.True(lines is ["0", "1", "2", "3"], said);
            else if (program == "env") Assert.Empty(lines.Select(l => l.Split('=')[0]).Except(["PATH", "HOME", "LC_ALL", "container", "PWD", "OLDPWD", "SHLVL", "TERM", .. also]));
            else
                foreach (var (field, value) in new[] { ("SigIgn", "0000000000000000"), ("SigBlk", "0000000000000000"), ("Umask", "0022") })
                    Assert.Equal($"{field}:\t{value}", lines.Single(l => l.StartsWith($"{field}:", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task A_name_of_digits_and_one_that_is_taken_are_refused_where_they_are_given()
    {
        await lab.DeclareAsync(ContainerLab.Item("176", new() { Name = "taken" }));

        foreach (var name in new[] { "177", "taken" })
        {
            var error = (await Assert.ThrowsAsync<MeshException>(() => lab.EditAsync(new CreateContainer(ContainerLab.Item("178") with { Properties = new() { Name = name, Template = ContainerLab.Template } })))).Error;
            Assert.Equal((ErrorKind.InvalidArgument, "lxc.containers.178.properties.name"), (error.Kind, error.Target));
        }
        Assert.Equal("176", await lab.FoldersAsync());
    }

    [Fact]
    public async Task An_unprivileged_container_has_ids_of_its_own_limits_and_what_it_mounts()
    {
        await lab.DeclareAsync(ContainerLab.Item("180", new()
        {
            IdMap = 200000,
            Limits = new() { Processes = 40 },
            Mounts = [new() { Source = "/usr/share/doc", Target = "/usr/share/doc" }],
            Files = [new() { Path = "/root/mine", Content = "x", Mode = "0600" }],
        }));

        Assert.Equal("0 200000 65536", string.Join(' ', (await lab.ExecAsync("180", "cat", "/proc/self/uid_map")).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
        Assert.Equal("x", await lab.ExecAsync("180", "cat", "/root/mine"));
        await lab.ExecAsync("180", "test", "-d", "/usr/share/doc/busybox-static");
        Assert.NotEqual(0, (await lab.Client.ExecAsync("180", new(["touch", "/usr/share/doc/x"]), Ct)).ExitCode);
        await lab.PingsAsync("180", "10.1.0.1");
    }

    [Fact]
    public async Task A_link_that_a_container_made_does_not_lead_the_agent_out_of_it()
    {
        await lab.RunAsync("touch", "/run/outside");
        await lab.DeclareAsync(ContainerLab.Item("190"));
        await lab.ExecAsync("190", "sh", "-c", "ln -s /run/outside /etc/motd; rm -r /var/log; ln -s /run /var/log; mv /etc/meshmcp /etc/old; ln -s ../../../../run /etc/meshmcp");

        await lab.DeclareAsync(ContainerLab.Item("190", new() { Files = [new() { Path = "/etc/motd", Content = "inside" }] }));

        Assert.Equal("inside", await lab.ExecAsync("190", "cat", "/etc/motd"));
        Assert.Equal("", await lab.RunAsync("cat", "/run/outside"));
        Assert.NotEqual(0, (await lab.Lab.In(ContainerLab.Node, "test", "-e", "/run/init").RunAsync(ct: Ct)).ExitCode);
    }
}
