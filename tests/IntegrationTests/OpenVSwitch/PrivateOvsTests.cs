using System.Diagnostics;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.OpenVSwitch;

public sealed class PrivateOvsTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_private_switch_carries_packets_and_leaves_nothing()
    {
        string folder;
        int pid;
        await using (var ovs = await PrivateOvs.StartAsync(Ct))
        {
            (folder, pid) = (ovs.Folder, ovs.Namespace.Pid);
            await ovs.Namespace.AddVethAsync("va", "vap");
            await ovs.RunAsync("ovs-vsctl", "add-br", "mesh", "--", "set", "bridge", "mesh", "datapath_type=netdev", "--", "add-port", "mesh", "va");
            Assert.Contains("va", await ovs.RunAsync("ovs-vsctl", "list-ports", "mesh"));
            await ovs.Namespace.ExecAsync("ip", "addr", "add", "10.9.0.1/24", "dev", "mesh");
            await ovs.Namespace.ExecAsync("ip", "link", "set", "mesh", "up");
            await using var far = await NetworkNamespace.CreateAsync(Ct);
            await ovs.Namespace.ExecAsync("ip", "link", "set", "vap", "netns", $"{far.Pid}");
            await far.ExecAsync("ip", "addr", "add", "10.9.0.2/24", "dev", "vap");
            await far.ExecAsync("ip", "link", "set", "vap", "up");
            Assert.Contains(" 0% packet loss", await far.ExecAsync("ping", "-c", "3", "-i", "0.05", "-W", "2", "10.9.0.1"));

            var clock = Stopwatch.StartNew();
            await using (await PrivateOvs.StartAsync(Ct))
            {
                TestContext.Current.SendDiagnosticMessage($"a second one took {clock.ElapsedMilliseconds} ms");
            }
        }
        Assert.False(Directory.Exists(folder));
        Assert.False(Directory.Exists($"/proc/{pid}"));
    }

    [Fact]
    public async Task A_killed_daemon_comes_back_with_its_bridges()
    {
        await using var ovs = await PrivateOvs.StartAsync(Ct);
        await ovs.RunAsync("ovs-vsctl", "add-br", "mesh", "--", "set", "bridge", "mesh", "datapath_type=netdev", "fail_mode=secure");
        await ovs.RunAsync("ovs-ofctl", "add-flow", "mesh", "actions=drop");
        await ovs.KillVswitchdAsync();
        await ovs.StartVswitchdAsync(Ct);
        await Eventually.True(async () => !(await ovs.RunAsync("ovs-ofctl", "dump-flows", "mesh")).Contains("actions=drop"), TimeSpan.FromSeconds(10), "the flows are gone", Ct);
        await ovs.KillDatabaseAsync();
        await ovs.StartDatabaseAsync(Ct);
        Assert.Contains("mesh", await ovs.RunAsync("ovs-vsctl", "list-br"));
    }
}
