using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.EndToEndTests;

/// <summary>You cannot lock yourself out: what is not confirmed is undone, and stays undone.</summary>
public sealed class LockoutTests(LabFixture fixture)
{
    /// <summary>Cuts every new connection to the MCP server.</summary>
    const string Cut = "priority=300,tcp,in_port=LOCAL,tp_dst=9573,actions=drop";

    static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_flow_on_vps_that_cuts_the_server_off_is_refused_and_forced_it_is_undone_and_stays_undone_over_a_restart_of_the_agent()
    {
        await using (var caller = await McpCaller.ReadyAsync(fixture))
        {
            var answer = await caller.CallAsync("add_flow", ("node", "vps"), ("flow", Cut), ("confirmWithin", 8));
            Assert.Equal("Conflict", answer.Error, ignoreCase: true);
            Assert.Contains("this would cut 9573 of container 200", answer.Text);
        }
        await fixture.Lab.In("vps", "env", "meshctl", "flow", "add", Cut, "--force", "--confirm-within", "8").TextAsync();
        Assert.Contains("tp_dst=9573", await DumpAsync("vps"));
        await Assert.ThrowsAnyAsync<Exception>(() => McpCaller.ConnectAsync(fixture).WaitAsync(TimeSpan.FromSeconds(3)));

        await Eventually.True(async () => !(await DumpAsync("vps")).Contains("priority=300"), TimeSpan.FromSeconds(12), "the flow is undone");
        await fixture.RestartAsync("vps/hostbridge");
        await using var again = await McpCaller.ReadyAsync(fixture);
        Assert.DoesNotContain("priority=300", await DumpAsync("vps"));
        Assert.Contains("rolledBack", (await again.CallAsync("list_changes", ("node", "vps"))).Text);
    }

    [Fact]
    public async Task A_change_on_the_callers_way_in_stays_when_he_comes_back_on_a_new_connection()
    {
        const string Harmless = "priority=160,tcp,in_port=LOCAL,nw_dst=10.1.0.200,tp_dst=9573,actions=output:veth200";
        await using var caller = await McpCaller.ReadyAsync(fixture);
        var added = await caller.CallAsync("add_flow", ("node", "vps"), ("flow", Harmless));
        await using var back = await McpCaller.ConnectAsync(fixture);
        var number = await WaitingAsync(back, added);
        var confirmed = await back.CallAsync("confirm_change", ("node", "vps"), ("generation", number));
        Assert.False(confirmed.Refused, confirmed.Text);
        Assert.Contains("priority=160", await DumpAsync("vps"));

        var deleted = await back.CallAsync("delete_flow", ("node", "vps"), ("flow", Harmless));
        await using var third = await McpCaller.ConnectAsync(fixture);
        number = await WaitingAsync(third, deleted);
        confirmed = await third.CallAsync("confirm_change", ("node", "vps"), ("generation", number));
        Assert.False(confirmed.Refused, confirmed.Text);
        Assert.DoesNotContain("priority=160", await DumpAsync("vps"));
    }

    [Fact]
    public async Task A_change_on_the_far_node_that_waits_is_undone_when_the_server_is_killed()
    {
        await using (var caller = await McpCaller.ReadyAsync(fixture))
        {
            var answer = await caller.CallAsync("add_flow", ("node", "oo1424oo"), ("flow", "priority=170,udp,tp_dst=7777,actions=drop"), ("confirmWithin", 6));
            Assert.Contains("confirm_change", answer.Text);
        }
        await fixture.Lab.In("vps", "lxc-attach", "-n", "200", "--", "/bin/busybox", "sh", "-c", "kill -9 $(/bin/busybox pidof meshmcp-server)").TextAsync();
        Assert.Contains("7777", await DumpAsync("oo1424oo"));
        await fixture.KillAsync("oo1424oo/hostbridge");
        await Eventually.True(async () => !(await DumpAsync("oo1424oo")).Contains("7777"), Soon, "the flow is undone");
        await using var back = await McpCaller.ReadyAsync(fixture);
        Assert.Contains("rolledBack", (await back.CallAsync("list_changes", ("node", "oo1424oo"))).Text);
        Assert.DoesNotContain("7777", await DumpAsync("oo1424oo"));
    }

    [Fact]
    public async Task A_far_node_that_leaves_the_mesh_comes_back_by_itself_also_when_its_agent_is_killed_meanwhile_and_the_caller_learns_why()
    {
        await using var caller = await McpCaller.ReadyAsync(fixture);
        var left = caller.CallAsync("netmaker_leave", ("node", "oo1424oo"), ("network", "privacy-mesh"));
        await Eventually.True(async () => (await fixture.Lab.In("oo1424oo", "ip", "link", "show", "nm-privacy").RunAsync()).ExitCode != 0, Soon, "the link is cut");
        await fixture.KillAsync("oo1424oo/hostbridge");

        var refused = await left.WaitAsync(TimeSpan.FromSeconds(120));

        Assert.True(refused.Refused, refused.Text);
        Assert.Matches("was reverted, because .* answers again|Everything was put back as it was", refused.Text);
        await Eventually.True(() => fixture.PingsAsync("vps", "200", "10.0.0.100"), Soon, "packets go to the far node again");
        await fixture.RestartAsync("oo1424oo/hostbridge");
        await using var again = await McpCaller.ReadyAsync(fixture);
        Assert.Contains("Works: 1 of 1 peers answer", (await again.CallAsync("netmaker_status", ("node", "oo1424oo"))).Text);
    }

    [Fact]
    public async Task While_a_change_waits_the_next_one_is_told_how_long_and_what_to_do()
    {
        await using var caller = await McpCaller.ReadyAsync(fixture);
        await caller.CallAsync("add_flow", ("node", "oo1424oo"), ("flow", "priority=170,udp,tp_dst=7778,actions=drop"), ("confirmWithin", 60));
        await using var other = await McpCaller.ConnectAsync(fixture);
        var refused = await other.CallAsync("add_flow", ("node", "oo1424oo"), ("flow", "priority=170,udp,tp_dst=7779,actions=drop"));
        Assert.Equal("Conflict", refused.Error, ignoreCase: true);
        Assert.Contains("confirm_change", refused.Text);
        Assert.False((await other.CallAsync("rollback_change", ("node", "oo1424oo"))).Refused);
        Assert.DoesNotContain("777", await DumpAsync("oo1424oo"));
    }

    /// <summary>The generation that an answer tells of, which must wait: confirming one that is confirmed already succeeds, and would prove nothing.</summary>
    static async Task<int> WaitingAsync(McpCaller caller, Said answer)
    {
        Assert.False(answer.Refused, answer.Text);
        var number = answer.Answer.GetProperty("generation").GetInt32();
        var changes = (await caller.CallAsync("list_changes", ("node", "vps"))).Answer.GetProperty("changes");
        var change = changes.EnumerateArray().Single(c => c.TryGetProperty("generation", out var made) && made.GetInt32() == number);
        Assert.Equal("awaitingConfirmation", change.GetProperty("status").GetString());
        return number;
    }

    async Task<string> DumpAsync(string node) => await fixture.Lab.In(node, "ovs-ofctl", "--no-stats", "--no-names", "dump-flows", "mesh").TextAsync();
}
