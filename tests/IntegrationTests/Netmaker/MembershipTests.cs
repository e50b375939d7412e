using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.Lab;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.Netmaker;

/// <summary>A node behind NAT in and out of a network, with real WireGuard between it and the server's node.</summary>
[Collection(nameof(NetmakerLab))]
public sealed class MembershipTests(NetmakerLab lab) : IAsyncLifetime
{
    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync() => await lab.OutAsync();

    [Fact]
    public async Task A_node_behind_NAT_joins_by_its_key_and_both_ends_reach_what_is_behind_the_other()
    {
        await lab.JoinAsync(await lab.NewKeyAsync());
        await lab.ReachesAsync(NetmakerLab.Far, NetmakerLab.ServerAddress);

        var waiting = await lab.FindingAsync("netmaker.egress");
        await lab.Server.SetEgressAsync(new(NetmakerLab.Far, "10.0.0.0/24"), remove: false, default);
        await lab.ReachesAsync(NetmakerLab.Vps, "10.0.0.1");
        await lab.ReachesAsync(NetmakerLab.Far, "10.1.0.1");

        Assert.Contains("meshctl netmaker egress add oo1424oo 10.0.0.0/24", waiting!.Message, StringComparison.Ordinal);
        await Eventually.True(async () => await lab.FindingAsync("netmaker.egress") is null, NetmakerLab.Hangs, "the egress is known");
        Assert.Contains("mtu 1280", await lab.RunAsync(NetmakerLab.Far, "ip", "link", "show", "nm-privacy"), StringComparison.Ordinal);
        var (own, servers) = (await lab.Client.NetmakerAsync(default), await lab.Server.NetmakerAsync(default));
        Assert.True(own is { Mode: NetmakerMode.Client, Joined: true, DeviceUp: true, ServerAnswers: true, Egress: [{ Range: "10.0.0.0/24", Registered: true }] }, own.ToString());
        Assert.True(own.Peers is [{ Address: NetmakerLab.ServerAddress, Egress: ["10.1.0.0/24"], Alive: true }], own.Verdict);
        Assert.True(servers.Peers is [{ Name: NetmakerLab.Far, Alive: true, Endpoint: { } endpoint }] && endpoint.StartsWith("192.0.2.20:", StringComparison.Ordinal), servers.Verdict);
        Assert.StartsWith("Works: 1 of 1", own.Verdict, StringComparison.Ordinal);
        var host = Assert.Single((await lab.Server.NetmakerHostsAsync(default)).Hosts, h => h.Name == NetmakerLab.Far);
        Assert.Equal(own.Address, host.Addresses[NetmakerLab.Network]);
    }

    [Fact]
    public async Task A_device_that_netclient_makes_anew_carries_traffic_again_within_five_seconds()
    {
        await lab.JoinAsync(await lab.NewKeyAsync());
        await lab.ReachesAsync(NetmakerLab.Far, NetmakerLab.ServerAddress);
        var before = await lab.RunAsync(NetmakerLab.Far, "cat", "/sys/class/net/nm-privacy/ifindex");

        await lab.RunAsync(NetmakerLab.Far, "netclient", "stand-in-recreate");
        await Eventually.True(async () => await lab.HasDeviceAsync("nm-privacy") && await lab.RunAsync(NetmakerLab.Far, "cat", "/sys/class/net/nm-privacy/ifindex") != before, NetmakerLab.Hangs, "the device is another one");

        await lab.ReachesAsync(NetmakerLab.Far, NetmakerLab.ServerAddress, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task A_key_that_is_spent_is_refused_by_the_servers_words_and_nothing_is_left_behind()
    {
        var key = await lab.NewKeyAsync(uses: 1);
        await lab.JoinAsync(key);
        await lab.OutAsync();

        var refused = (await Assert.ThrowsAsync<MeshException>(() => lab.JoinAsync(key))).Error;

        Assert.Equal(ErrorKind.InvalidArgument, refused.Kind);
        Assert.Contains("all its uses are spent", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(key, refused.Message, StringComparison.Ordinal);
        Assert.Null((await lab.Client.StateAsync("observed", default)).State.Netmaker);
        Assert.False(await lab.HasDeviceAsync("nm-privacy"));
    }

    [Fact]
    public async Task An_expired_key_and_one_that_the_server_does_not_know_are_refused()
    {
        var end = TimeProvider.System.GetUtcNow().AddSeconds(2);
        var expired = await lab.NewKeyAsync(expires: end);
        var unknown = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($$"""{"server":"{{NetmakerLab.Api}}","value":"{{new string('x', 32)}}"}"""));

        var words = (await Assert.ThrowsAsync<MeshException>(() => lab.JoinAsync(unknown))).Message;
        Assert.Contains("the server does not know it", words, StringComparison.Ordinal);

        await Eventually.True(() => TimeProvider.System.GetUtcNow() > end, NetmakerLab.Hangs, "the key's time is over");
        words = (await Assert.ThrowsAsync<MeshException>(() => lab.JoinAsync(expired))).Message;
        Assert.Contains("it has expired", words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_key_is_refused_before_anything_is_done()
    {
        var refused = (await Assert.ThrowsAsync<MeshException>(() => lab.JoinAsync("not a token"))).Error;

        Assert.Equal("key", refused.Target);
        Assert.Null((await lab.Client.SecretsAsync(default)).Secrets.FirstOrDefault(s => s.Bytes == "not a token".Length));
    }

    [Fact]
    public async Task A_join_that_changes_nothing_or_is_refused_leaves_the_stored_key_as_it_is()
    {
        await lab.JoinAsync(await lab.NewKeyAsync());
        var stored = (await lab.Client.SecretsAsync(default)).Secrets;

        var member = (await Assert.ThrowsAsync<MeshException>(async () => await lab.JoinAsync(await lab.NewKeyAsync()))).Error;
        var elsewhere = (await Assert.ThrowsAsync<MeshException>(async () => await lab.Client.PrepareJoinAsync(new(await lab.NewKeyAsync(), "other-net", "nm-other"), default))).Error;

        Assert.Equal((ErrorKind.Conflict, "network"), (member.Kind, member.Target));
        Assert.StartsWith($"This node is a member of {NetmakerLab.Network} already", member.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorKind.Conflict, elsewhere.Kind);
        Assert.Equal(stored, (await lab.Client.SecretsAsync(default)).Secrets);
    }

    [Fact]
    public async Task While_the_server_is_away_the_node_waits_and_joins_when_it_is_back()
    {
        var key = await lab.NewKeyAsync();
        await lab.StopServerAsync();
        try
        {
            await lab.Client.PutSecretAsync("netmaker-key", SecretKind.NetmakerEnrollmentKey, key, default);
            await lab.WantAsync();
            Assert.Contains("does not answer", (await lab.FindingAsync("netmaker.server"))!.Message, StringComparison.Ordinal);
        }
        finally
        {
            await lab.StartServerAsync();
        }

        await lab.ReachesAsync(NetmakerLab.Far, NetmakerLab.ServerAddress);
        Assert.Null(await lab.FindingAsync("netmaker.server"));
    }

    [Fact]
    public async Task What_is_joined_goes_on_working_while_the_server_is_away()
    {
        await lab.JoinAsync(await lab.NewKeyAsync());
        await lab.ReachesAsync(NetmakerLab.Far, NetmakerLab.ServerAddress);
        await lab.StopServerAsync();
        try
        {
            await lab.ReachesAsync(NetmakerLab.Far, NetmakerLab.ServerAddress);
            var status = await lab.Client.NetmakerAsync(default);
            Assert.False(status.ServerAnswers);
            Assert.Contains("what is joined goes on working", status.Verdict, StringComparison.Ordinal);
        }
        finally
        {
            await lab.StartServerAsync();
        }
    }

    [Fact]
    public async Task A_network_that_was_left_is_come_back_to_without_a_key_when_nobody_confirms()
    {
        await lab.JoinAsync(await lab.NewKeyAsync(uses: 1));
        await lab.ReachesAsync(NetmakerLab.Far, NetmakerLab.ServerAddress);

        var left = await lab.LeaveAsync(confirmWithin: 5);
        Assert.Equal(GenerationStatus.AwaitingConfirmation, left.Status);
        Assert.False(await lab.HasDeviceAsync("nm-privacy"));

        await lab.ReachesAsync(NetmakerLab.Far, NetmakerLab.ServerAddress);
        // The device is back before the rest of the way back has been gone.
        await Eventually.True(async () => (await lab.Client.GenerationAsync(left.Number, default)).Status == GenerationStatus.RolledBack, NetmakerLab.Hangs, "the leaving is rolled back");
    }

    [Fact]
    public async Task A_confirmed_leaving_takes_the_node_off_the_server_too()
    {
        await lab.JoinAsync(await lab.NewKeyAsync());
        var left = await lab.LeaveAsync(confirmWithin: 60);
        await lab.Client.ConfirmAsync(left.Number, new(), default);

        await Eventually.True(async () => (await lab.Server.NetmakerHostsAsync(default)).Hosts.Single(h => h.Name == NetmakerLab.Far).Addresses.Count == 0, NetmakerLab.Hangs, "the server has no node of it");
        Assert.False(await lab.HasDeviceAsync("nm-privacy"));
    }

    [Theory]
    [InlineData("https://vps-public-ip:8081")]
    [InlineData("https://<vps-public-ip>:8081")]
    public async Task An_address_written_to_be_replaced_is_accepted_and_waited_for(string server)
    {
        await lab.WantAsync(server);

        Assert.Contains("is a placeholder: put the server's name or address into netmaker.server", (await lab.FindingAsync("netmaker.server"))!.Message, StringComparison.Ordinal);
    }
}
