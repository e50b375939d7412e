using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using MeshMcp.Contracts.Errors;
using MeshMcp.Lab;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.EndToEndTests;

public sealed class LabTests(LabFixture fixture)
{
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("vps", "10.101.0.2")]
    [InlineData("oo1424oo", "10.101.0.1")]
    public Task Both_ends_of_the_tunnel_reach_each_other_through_the_NAT_router(string node, string far) => Reaches(fixture.Lab, node, far);

    [Fact]
    public async Task Oo1424oo_is_seen_from_the_internet_as_its_NAT_router()
    {
        await Reaches(fixture.Lab, "oo1424oo", "10.101.0.1");
        Assert.Contains("\t192.0.2.20:", await fixture.Lab.In("vps", "wg", "show", "nm-server", "endpoints").TextAsync(ct: Stop));
    }

    [Theory]
    [InlineData("cloudflare/wireguard-go")]
    [InlineData("oo1424oo/ovs-vswitchd")]
    [InlineData("vps/relay")]
    public async Task A_daemon_that_is_killed_comes_back(string daemon)
    {
        var before = await fixture.PidAsync(daemon);
        using (var process = Process.GetProcessById(before!.Value)) process.Kill();
        await Eventually.True(async () => await fixture.PidAsync(daemon) is { } after && after != before, Soon, $"{daemon} runs again", Stop);
    }

    [Fact]
    public async Task A_daemon_that_is_stopped_stays_away_until_it_is_started()
    {
        await fixture.Lab.StopAsync("vps/ovs-vswitchd", Stop);
        Assert.Null(await fixture.PidAsync("vps/ovs-vswitchd"));
        await fixture.Lab.StartAsync("vps/ovs-vswitchd", Stop);
        await Eventually.True(async () => await fixture.PidAsync("vps/ovs-vswitchd") is not null, Soon, "ovs-vswitchd runs again", Stop);
    }

    [Fact]
    public async Task An_unprivileged_daemon_runs_as_its_own_user()
    {
        var status = await File.ReadAllLinesAsync($"/proc/{await fixture.PidAsync("vps/relay")}/status", Stop);
        Assert.Contains("Uid:\t9575\t9575\t9575\t9575", status);
        Assert.Contains("CapEff:\t0000000000000000", status);
    }

    [Fact]
    public async Task A_second_up_joins_the_lab_that_is_up()
    {
        Assert.Equal(fixture.Started.Supervisor, (await fixture.Lab.UpAsync(ct: Stop)).Supervisor);
    }

    [Fact]
    public async Task The_logs_of_every_daemon_are_there_by_the_name_that_the_status_and_the_help_call_it_by()
    {
        var lab = Programs.Locate("meshmcp-lab");
        foreach (var daemon in fixture.Started.Daemons.Select(d => d.Name).Append(await ExampleOfTheHelpAsync()))
            Assert.True((await new Command(null, [lab, "--prefix", fixture.Lab.Site.Prefix, "logs", daemon]).RunAsync(ct: Stop)).ExitCode == 0, daemon);

        var refusal = await new Command(null, [lab, "--prefix", fixture.Lab.Site.Prefix, "logs", "vps/nobody"]).RunAsync(ct: Stop);
        Assert.NotEqual(0, refusal.ExitCode);
        Assert.Contains("vps/hostbridge", refusal.Errors);

        async Task<string> ExampleOfTheHelpAsync() => Regex.Match(await new Command(null, [lab, "--help"]).TextAsync(ct: Stop), @"logs \[NAME\].*\((\S+) …\)").Groups[1].Value;
    }

    [Fact]
    public void An_unknown_place_is_refused_with_the_places_there_are()
    {
        var refusal = Assert.Throws<MeshException>(() => fixture.Lab.In("vpn", "true"));
        Assert.Contains("vps, oo1424oo", refusal.Error.Message);
    }

    [Fact]
    public async Task Down_leaves_nothing_behind()
    {
        var lab = new MeshLab(LabPrefix.Next('d'));
        var state = await lab.UpAsync(port: 0, owner: Environment.ProcessId, ct: Stop);
        Assert.NotEqual(fixture.Started.Port, state.Port);
        var processes = await ProcessesOf(lab);
        Assert.True(processes.Count >= state.Daemons.Count);
        await lab.DownAsync(Stop);
        await AssertNothingLeft(lab, [.. processes, state.Supervisor]);
        AssertPortIsFree(state.Port);
        await lab.DownAsync(Stop);
    }

    [Fact]
    public async Task Who_uses_ip_netns_beside_a_lab_hides_nothing_of_it()
    {
        var lab = new MeshLab(LabPrefix.Next('n'));
        var other = $"{lab.Site.Prefix}other";
        try
        {
            await lab.UpAsync(port: 0, owner: Environment.ProcessId, ct: Stop);
            await new Command(null, ["ip", "netns", "add", other]).TextAsync(ct: Stop);
            await Reaches(lab, "vps", "10.101.0.2");
            var processes = await ProcessesOf(lab);
            await lab.DownAsync(Stop);
            await AssertNothingLeft(lab, processes);
            Assert.Contains(other, await new Command(null, ["ip", "netns", "list"]).TextAsync(ct: Stop));
        }
        finally
        {
            await lab.DownAsync(CancellationToken.None);
            await new Command(null, ["ip", "netns", "delete", other]).RunAsync();
        }
    }

    [Fact]
    public async Task Up_recovers_from_a_supervisor_that_was_killed()
    {
        var lab = new MeshLab(LabPrefix.Next('k'));
        try
        {
            var first = await lab.UpAsync(port: 0, owner: Environment.ProcessId, ct: Stop);
            var orphans = await ProcessesOf(lab);
            using (var supervisor = Process.GetProcessById(first.Supervisor)) supervisor.Kill();
            await Eventually.True(async () => await lab.StateAsync(ct: Stop) is null, Soon, "the supervisor is gone", Stop);
            var second = await lab.UpAsync(port: 0, owner: Environment.ProcessId, ct: Stop);
            Assert.DoesNotContain(orphans, IsAlive);
            Assert.NotEqual(first.Supervisor, second.Supervisor);
            await Reaches(lab, "vps", "10.101.0.2");
        }
        finally
        {
            await lab.DownAsync(CancellationToken.None);
        }
    }

    [Fact]
    public async Task Down_clears_what_a_killed_supervisor_left()
    {
        var lab = new MeshLab(LabPrefix.Next('c'));
        var state = await lab.UpAsync(port: 0, owner: Environment.ProcessId, ct: Stop);
        var orphans = await ProcessesOf(lab);
        using (var supervisor = Process.GetProcessById(state.Supervisor)) supervisor.Kill();
        await Eventually.True(async () => await lab.StateAsync(ct: Stop) is null, Soon, "the supervisor is gone", Stop);
        await lab.DownAsync(Stop);
        await AssertNothingLeft(lab, orphans);
    }

    /// <summary>A tunnel that was cut may need its keepalive and a new handshake first.</summary>
    static Task Reaches(MeshLab lab, string place, string address) => Eventually.True(
        async () => (await lab.In(place, "ping", "-c", "1", "-W", "1", address).RunAsync(ct: Stop)).ExitCode == 0, TimeSpan.FromSeconds(30), $"{place} reaches {address}", Stop);

    static async Task<IReadOnlyList<int>> ProcessesOf(MeshLab lab)
    {
        var lists = await Task.WhenAll(lab.Site.Places.Select(p => new Command(null, ["ip", "netns", "pids", $"{lab.Site.Prefix}-{p.Name}"]).TextAsync(ct: Stop)));
        return [.. lists.SelectMany(l => l.Split('\n', StringSplitOptions.RemoveEmptyEntries)).Select(int.Parse)];
    }

    static async Task AssertNothingLeft(MeshLab lab, IReadOnlyList<int> processes)
    {
        Assert.DoesNotContain(processes, IsAlive);
        Assert.DoesNotContain(lab.Site.Prefix + "-", await new Command(null, ["ip", "netns", "list"]).TextAsync(ct: Stop));
        Assert.DoesNotContain(lab.Site.Folder, await File.ReadAllTextAsync("/proc/self/mountinfo", Stop));
        Assert.DoesNotContain($"/{lab.Site.Prefix}-", await File.ReadAllTextAsync("/proc/self/mountinfo", Stop));
        Assert.DoesNotContain($"meshmcp-lab/{lab.Site.Prefix}", await File.ReadAllTextAsync("/proc/net/unix", Stop));
        Assert.False(Directory.Exists(lab.Site.Folder));
    }

    static void AssertPortIsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
    }

    /// <summary>A zombie is not alive.</summary>
    static bool IsAlive(int pid)
    {
        try
        {
            return !File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
