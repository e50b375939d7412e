using System.Text.RegularExpressions;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.Wireguard;

/// <summary>The VPN server, with a real client in the edge <c>user</c>.</summary>
public sealed partial class VpnServerTests(WireguardLab lab) : IClassFixture<WireguardLab>, IAsyncLifetime
{
    const string Server = """{"vpn_server":{"interface":"wg0","listen_port":51820,"ip_pool":"10.8.0.0/24","auto_provision":true,"endpoint":"203.0.113.10"}}""";

    public ValueTask InitializeAsync() => new(lab.ClearAsync());

    [Fact]
    public async Task A_client_is_live_at_once_with_what_it_was_given_and_gone_when_removed()
    {
        await lab.ApplyAsync(Server);
        Assert.Contains("inet 10.8.0.1/24", await lab.LinkAsync("wg0"));

        var access = await lab.Client.AddVpnClientAsync(new() { Name = "anna-phone" }, default);

        Assert.Equal("10.8.0.2", access.Address);
        Assert.Contains("Endpoint = 203.0.113.10:51820", access.Configuration);
        Assert.Contains("AllowedIPs = 10.8.0.1/32, 10.1.0.0/24", access.Configuration);
        await using var phone = await ClientAsync("ph", access);
        await Eventually.True(() => PingsAsync(phone), WireguardLab.Hangs, "the client reaches the server");
        Assert.Equal("up", (await PeerAsync("anna-phone")).Verdict);
        Assert.Equal("up, 1 of 1 clients connected", (await lab.Client.WireguardAsync(default)).Interfaces.First(i => i.Name == "wg0").Verdict);
        await NothingHolds(PrivateKey().Match(access.Configuration).Groups[1].Value);

        await lab.MeshctlAsync("wg", "remove-client", "anna-phone");

        Assert.False(await PingsAsync(phone));
        Assert.DoesNotContain(access.PublicKey, await lab.RunAsync(WireguardLab.Node, "wg", "show", "wg0", "peers"));
    }

    [Fact]
    public async Task A_client_that_expires_is_out_within_two_seconds()
    {
        await lab.ApplyAsync(Server);
        var until = TimeProvider.System.GetUtcNow().AddSeconds(3);
        var access = await lab.Client.AddVpnClientAsync(new() { Name = "guest", Expires = until }, default);
        Assert.Contains(access.PublicKey, await lab.RunAsync(WireguardLab.Node, "wg", "show", "wg0", "peers"));

        await Eventually.True(async () => !(await lab.RunAsync(WireguardLab.Node, "wg", "show", "wg0", "peers")).Contains(access.PublicKey, StringComparison.Ordinal), WireguardLab.Hangs, "the peer is gone");

        Assert.InRange(TimeProvider.System.GetUtcNow() - until, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.Equal("expired", (await PeerAsync("guest")).Verdict);
    }

    [Fact]
    public async Task Keys_that_were_lost_on_the_way_are_made_anew_at_the_same_address_and_the_old_ones_end()
    {
        await lab.ApplyAsync(Server);
        var lost = await lab.Client.AddVpnClientAsync(new() { Name = "anna-phone" }, default, HandoverWay.Link);
        Assert.Equal(("", null), (lost.Configuration, lost.Handover!.File));

        var renewed = await lab.Client.AddVpnClientAsync(new() { Name = "anna-phone", Renew = true }, default, HandoverWay.Link);
        var opened = Assert.Single((await lab.Client.OpenHandoverAsync(renewed.Handover!.Token!, null, default)).Texts);

        Assert.Equal("anna-phone.conf", opened.File);
        var peers = await lab.RunAsync(WireguardLab.Node, "wg", "show", "wg0", "peers");
        Assert.DoesNotContain(lost.PublicKey, peers);
        Assert.Contains(renewed.PublicKey, peers);
        Assert.Equal((lost.Address, "10.8.0.2"), (renewed.Address, renewed.Address));
        await using var phone = await ClientAsync("ph", renewed with { Configuration = opened.Text });
        await Eventually.True(() => PingsAsync(phone), WireguardLab.Hangs, "the client reaches the server with its new keys");
        var revoked = await WireguardLab.RefusedAsync(() => lab.Client.AddVpnClientAsync(new() { Name = "other", PublicKey = lost.PublicKey }, default));
        Assert.Contains("never good again", revoked.Message);
        await NothingHolds(PrivateKey().Match(opened.Text).Groups[1].Value);
        Assert.Equal(ErrorKind.NotFound, (await WireguardLab.RefusedAsync(() => lab.Client.OpenHandoverAsync(renewed.Handover.Token!, null, default))).Kind);
        Assert.Equal(ErrorKind.NotFound, (await WireguardLab.RefusedAsync(() => lab.Client.AddVpnClientAsync(new() { Name = "anna-phon", Renew = true }, default))).Kind);
    }

    [Fact]
    public async Task Who_was_removed_and_comes_back_by_a_rollback_stays_out_and_the_status_says_why()
    {
        await lab.ApplyAsync(Server);
        await lab.Client.AddVpnClientAsync(new() { Name = "tab" }, default);
        await lab.Client.AddVpnClientAsync(new() { Name = "tablet" }, default);
        var with = (await lab.Client.GenerationsAsync(1, default))[0].Number;
        await lab.EditAsync(new RemoveVpnClient("tab"));

        await foreach (var happened in lab.Client.RollbackAsync(new() { To = with }, default)) Assert.Null((happened as ApplyEvent.Finished)?.Error);

        Assert.StartsWith("tab stays out: its key was revoked on ", (await PeerAsync("tab")).Verdict, StringComparison.Ordinal);
        Assert.DoesNotContain("stays out", (await PeerAsync("tablet")).Verdict, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_pool_is_a_clear_error_and_an_address_given_back_rests()
    {
        await lab.ApplyAsync(Server.Replace("10.8.0.0/24", "10.8.0.0/29", StringComparison.Ordinal));
        for (var i = 1; i <= 5; i++) await lab.Client.AddVpnClientAsync(new() { Name = $"c{i}" }, default);
        var secrets = (await lab.Client.SecretsAsync(default)).Secrets.Count;

        var full = await WireguardLab.RefusedAsync(() => lab.Client.AddVpnClientAsync(new() { Name = "c6" }, default));
        Assert.Equal(ErrorKind.Conflict, full.Kind);
        Assert.Contains("room for 5 clients, 5 are there", full.Message);
        Assert.Equal(secrets, (await lab.Client.SecretsAsync(default)).Secrets.Count);

        await lab.EditAsync(new RemoveVpnClient("c3"));
        var cooling = await WireguardLab.RefusedAsync(() => lab.Client.AddVpnClientAsync(new() { Name = "c6" }, default));
        Assert.Contains("1 address of removed ones cools down", cooling.Message);
        var named = await WireguardLab.RefusedAsync(() => lab.Client.AddVpnClientAsync(new() { Name = "c6", Address = "10.8.0.4" }, default));
        Assert.Contains("10.8.0.4 was another client's", named.Message);
    }

    [Fact]
    public async Task Two_clients_that_come_at_once_get_two_addresses_and_a_name_counts_once()
    {
        await lab.ApplyAsync(Server);

        var two = await Task.WhenAll(lab.Client.AddVpnClientAsync(new() { Name = "a" }, default), lab.Client.AddVpnClientAsync(new() { Name = "b" }, default));
        var twin = await WireguardLab.RefusedAsync(() => lab.Client.AddVpnClientAsync(new() { Name = "a" }, default));

        Assert.Equal(["10.8.0.2", "10.8.0.3"], two.Select(t => t.Address).Order());
        Assert.Equal(ErrorKind.Conflict, twin.Kind);
        Assert.Equal(2, (await lab.Client.SecretsAsync(default)).Secrets.Count(s => s.Name.StartsWith("vpn-", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_command_line_prints_a_configuration_for_a_file_and_a_code_for_a_camera()
    {
        await lab.ApplyAsync(Server);

        var printed = await lab.MeshctlAsync("wg", "add-client", "laptop", "--qr", "--expires", "30d");

        Assert.StartsWith("[Interface]\nPrivateKey = ", printed);
        Assert.Contains("████████", printed);
        Assert.Contains("laptop", await lab.MeshctlAsync("wg", "status"));
    }

    [Fact]
    public async Task Without_auto_provision_the_caller_brings_a_key_that_is_one()
    {
        await lab.ApplyAsync(Server.Replace("true", "false", StringComparison.Ordinal));
        var own = await Pair.MakeAsync(lab.Lab);

        Assert.Contains("auto_provision is off", (await WireguardLab.RefusedAsync(() => lab.Client.AddVpnClientAsync(new() { Name = "laptop" }, default))).Message);
        Assert.Equal("public_key", (await WireguardLab.RefusedAsync(() => lab.Client.AddVpnClientAsync(new() { Name = "laptop", PublicKey = "abc" }, default))).Target);
        var access = await lab.Client.AddVpnClientAsync(new() { Name = "laptop", PublicKey = own.Public }, default);

        Assert.DoesNotContain("\nPrivateKey", access.Configuration);
        Assert.Contains(access.Notes, n => n.Contains("private key", StringComparison.Ordinal));
        Assert.Contains(own.Public, await lab.RunAsync(WireguardLab.Node, "wg", "show", "wg0", "peers"));
        Assert.Contains("laptop has this public key", (await WireguardLab.RefusedAsync(() => lab.Client.AddVpnClientAsync(new() { Name = "other", PublicKey = own.Public }, default))).Message);
    }

    [Fact]
    public async Task The_server_keeps_its_key_and_its_clients_when_wireguard_go_is_killed()
    {
        await lab.ApplyAsync(Server);
        var access = await lab.Client.AddVpnClientAsync(new() { Name = "anna" }, default);
        var key = await lab.RunAsync(WireguardLab.Node, "wg", "show", "wg0", "public-key");
        var first = await lab.CarrierAsync("wg0");
        using (var carrier = System.Diagnostics.Process.GetProcessById(first!.Value)) carrier.Kill();

        await Eventually.True(async () => await lab.CarrierAsync("wg0") is { } second && second != first && (await lab.LinkAsync("wg0"))!.Contains("10.8.0.1/24", StringComparison.Ordinal), WireguardLab.Hangs, "the server is back");

        Assert.Equal(key, await lab.RunAsync(WireguardLab.Node, "wg", "show", "wg0", "public-key"));
        Assert.Contains(access.PublicKey, await lab.RunAsync(WireguardLab.Node, "wg", "show", "wg0", "peers"));
    }

    [Fact]
    public async Task What_others_change_on_the_device_is_put_back_and_an_unconfirmed_client_is_out_again()
    {
        await lab.ApplyAsync(Server);
        var kept = await lab.Client.AddVpnClientAsync(new() { Name = "kept" }, default);
        await lab.RunAsync(WireguardLab.Node, "ip", "link", "set", "wg0", "mtu", "1300", "down");
        await Eventually.True(async () => (await lab.LinkAsync("wg0"))!.Contains("mtu 1420", StringComparison.Ordinal), WireguardLab.Hangs, "MTU and state are back");

        var tried = await lab.Client.AddVpnClientAsync(new() { Name = "tried", ConfirmWithin = 5 }, default);
        Assert.Equal(GenerationStatus.AwaitingConfirmation, tried.Generation!.Status);
        await Eventually.True(async () => !(await lab.RunAsync(WireguardLab.Node, "wg", "show", "wg0", "peers")).Contains(tried.PublicKey, StringComparison.Ordinal), WireguardLab.Hangs, "the unconfirmed client is out");
        // It is looked at once more before the change is over.
        await Eventually.True(async () => (await lab.Client.GenerationAsync(tried.Generation.Number, default)).Status == GenerationStatus.RolledBack, WireguardLab.Hangs, "the change is undone");
        Assert.Contains(kept.PublicKey, await lab.RunAsync(WireguardLab.Node, "wg", "show", "wg0", "peers"));
    }

    [Fact]
    public async Task A_port_that_another_program_has_is_a_conflict_and_nothing_is_left()
    {
        using var holder = lab.Lab.In(WireguardLab.Node, "python3", "-c", "import socket,sys; s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); s.bind(('',51820)); print('ready',flush=True); sys.stdin.read()").Start();
        Assert.Equal("ready", await holder.StandardOutput.ReadLineAsync());

        var error = await WireguardLab.RefusedAsync(() => lab.ApplyAsync(Server));

        Assert.Equal(ErrorKind.Conflict, error.Kind);
        Assert.Contains("UDP port 51820 is in use", error.Message);
        Assert.Null(await lab.LinkAsync("wg0"));
        holder.StandardInput.Close();
        await holder.WaitForExitAsync();
    }

    public ValueTask DisposeAsync() => new(lab.ClearAsync());

    async Task<FarEnd> ClientAsync(string name, VpnAccess access)
    {
        var plain = string.Join('\n', access.Configuration.Split('\n').Where(l => !l.StartsWith("Address", StringComparison.Ordinal) && !l.StartsWith("MTU", StringComparison.Ordinal) && !l.StartsWith("DNS", StringComparison.Ordinal)));
        return await FarEnd.StartAsync(lab.Lab, "user", name, plain, $"{access.Address}/32");
    }

    Task<bool> PingsAsync(FarEnd client) => lab.SucceedsAsync("user", "ping", "-c1", "-W2", "-I", client.Device, "10.8.0.1");

    async Task<WireguardPeer> PeerAsync(string name) => (await lab.Client.WireguardAsync(default)).Interfaces.First(i => i.Name == "wg0").Peers.First(p => p.Name == name);

    /// <summary>The client's private key is nowhere on the node.</summary>
    async Task NothingHolds(string key)
    {
        Assert.Equal(44, key.Length);
        Assert.False(await lab.SucceedsAsync(WireguardLab.Node, "grep", "-rqF", key, "/var/lib/meshmcp", "/run/meshmcp", "/etc/wireguard"));
    }

    [GeneratedRegex(@"PrivateKey = (\S+)")]
    private static partial Regex PrivateKey();
}
