using System.Diagnostics;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.Lxc;

[Collection(ContainerLabs.Name)]
public sealed class ContainerHealingTests(ContainerLab lab)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_container_whose_init_was_killed_is_started_again_and_its_port_works()
    {
        await lab.DeclareAsync(ContainerLab.Item("100"), ContainerLab.Item("101"));
        var init = await lab.InitAsync("100");

        Kill(init);

        await StartedAnewAsync(init);
        await lab.PingsAsync("101", "10.1.0.100");
        Assert.Equal("100", (await lab.RunAsync("ovs-vsctl", "get", "Interface", "veth100", "ofport")).Trim());
    }

    [Fact]
    public async Task A_container_whose_monitor_was_killed_is_started_again()
    {
        await lab.DeclareAsync(ContainerLab.Item("100"), ContainerLab.Item("101"));
        var init = await lab.InitAsync("100");

        Kill(int.Parse(File.ReadLines($"/proc/{init}/status").First(l => l.StartsWith("PPid:", StringComparison.Ordinal))[5..]));

        await StartedAnewAsync(init);
        await Eventually.True(() => !Directory.Exists($"/proc/{init}"), ContainerLab.Hangs, "the old init is gone", Ct);
        await lab.PingsAsync("101", "10.1.0.100");
    }

    [Fact]
    public async Task Containers_outlive_the_host_bridge_and_what_crashed_meanwhile_is_healed_when_it_is_back()
    {
        await lab.DeclareAsync(ContainerLab.Item("100"), ContainerLab.Item("101"));
        var (crashed, living) = (await lab.InitAsync("100"), await lab.InitAsync("101"));
        await lab.Lab.StopAsync($"{ContainerLab.Node}/hostbridge", Ct);

        Kill(crashed);
        Assert.Equal(living, await lab.InitAsync("101"));
        await lab.Lab.StartAsync($"{ContainerLab.Node}/hostbridge", Ct);

        await StartedAnewAsync(crashed);
        Assert.Equal(living, await lab.InitAsync("101"));
        await lab.PingsAsync("101", "10.1.0.100");
    }

    [Fact]
    public async Task A_configuration_that_somebody_edited_is_put_back()
    {
        await lab.DeclareAsync(ContainerLab.Item("100"));
        await lab.Lab.In(ContainerLab.Node, "tee", "/var/lib/lxc/100/config").TextAsync("lxc.net.0.link = other\n", Ct);

        await lab.Client.RestartContainerAsync("100", null, Ct);

        Assert.Contains("lxc.group = meshmcp", await lab.RunAsync("cat", "/var/lib/lxc/100/config"), StringComparison.Ordinal);
        await lab.PingsAsync("100", "10.1.0.1");
    }

    async Task StartedAnewAsync(int before) =>
        await Eventually.True(async () => await lab.StatusAsync("100") is { Running: true } && await lab.InitAsync("100") != before, ContainerLab.Hangs, "the container runs anew", Ct);

    static void Kill(int pid)
    {
        using var process = Process.GetProcessById(pid);
        process.Kill();
    }
}
