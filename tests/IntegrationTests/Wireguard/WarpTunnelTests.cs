using MeshMcp.Contracts.State;
using MeshMcp.Contracts.Errors;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.Wireguard;

/// <summary>The way out, against a stand-in for Cloudflare: a real WireGuard device in the edge <c>internet</c>.</summary>
public sealed class WarpTunnelTests(WireguardLab lab) : IClassFixture<WireguardLab>, IAsyncLifetime
{
    const string Tunnel = """{"warp_tunnel":{"interface":"warp0","post_up":"ovs-vsctl add-port mesh warp0"}}""";
    const int Port = 2408;

    Pair _node = null!, _cloudflare = null!;

    public async ValueTask InitializeAsync()
    {
        await lab.ClearAsync();
        (_node, _cloudflare) = (await Pair.MakeAsync(lab.Lab), await Pair.MakeAsync(lab.Lab));
    }

    [Fact]
    public async Task A_profile_brings_the_tunnel_up_and_leaves_the_hosts_own_routes_alone()
    {
        await using var cloudflare = await CloudflareAsync();
        var routes = await lab.RunAsync(WireguardLab.Node, "ip", "route");
        await lab.Client.PutSecretAsync("warp-profile", SecretKind.WarpProfile, Profile($"{WireguardLab.InternetAddress}:{Port}"), default);

        await lab.ApplyAsync(Tunnel);

        var link = await lab.LinkAsync("warp0");
        Assert.Contains("alias meshmcp", link);
        Assert.Contains("inet 172.16.0.2/32", link);
        Assert.Contains("mtu 1280", link);
        Assert.Equal(routes, await lab.RunAsync(WireguardLab.Node, "ip", "route"));
        await Eventually.True(async () => await VerdictAsync() == "up", WireguardLab.Hangs, "both ends shake hands");
        await lab.RunAsync(WireguardLab.Node, "ping", "-c1", "-W5", "-I", "warp0", "172.16.0.1");
        var findings = (await lab.Client.StatusAsync(default)).Findings;
        Assert.Contains(findings, f => f.Message.Contains("2606:4700:110:8765::1/128 is left out", StringComparison.Ordinal));
        Assert.Contains(findings, f => f.Message.Contains("DNS is left out", StringComparison.Ordinal));
        await NoSecretShowsAsync();
    }

    [Fact]
    public async Task A_killed_wireguard_go_is_started_again_and_a_restart_of_the_host_bridge_leaves_it_alone()
    {
        await using var cloudflare = await CloudflareAsync();
        await lab.Client.PutSecretAsync("warp-profile", SecretKind.WarpProfile, Profile($"{WireguardLab.InternetAddress}:{Port}"), default);
        await lab.ApplyAsync(Tunnel);
        var first = await lab.CarrierAsync("warp0");
        Assert.NotNull(first);

        using (var hostbridge = System.Diagnostics.Process.GetProcessById((await lab.Lab.StateAsync())!.Daemons.First(d => d.Name == "vps/hostbridge").Pid!.Value))
        {
            hostbridge.Kill();
            await hostbridge.WaitForExitAsync();
        }
        await Eventually.True(async () => await VerdictAsync() == "up", WireguardLab.Hangs, "the new host bridge sees the tunnel");
        Assert.Equal(first, await lab.CarrierAsync("warp0"));
        Assert.DoesNotContain(Directory.GetFiles($"/proc/{first}/fd").Select(f => new FileInfo(f).LinkTarget), target => target?.Contains("hostbridge", StringComparison.Ordinal) == true);

        using (var carrier = System.Diagnostics.Process.GetProcessById(first.Value)) carrier.Kill();
        await Eventually.True(async () => await lab.CarrierAsync("warp0") is { } second && second != first && await VerdictAsync() == "up", WireguardLab.Hangs, "it is back and connected");
    }

    [Fact]
    public async Task Without_its_profile_the_tunnel_waits_and_comes_up_when_the_profile_does()
    {
        await lab.ApplyAsync(Tunnel);
        Assert.Null(await lab.LinkAsync("warp0"));
        Assert.Contains((await lab.Client.StatusAsync(default)).Findings, f => f.Kind == "waiting" && f.Message.Contains("secret:warp-profile", StringComparison.Ordinal));
        Assert.StartsWith("warp0 waits for secret:warp-profile", await VerdictAsync());

        await lab.Client.PutSecretAsync("warp-profile", SecretKind.WarpProfile, Profile($"{WireguardLab.InternetAddress}:{Port}"), default);

        await Eventually.True(async () => (await lab.LinkAsync("warp0"))?.Contains("172.16.0.2/32", StringComparison.Ordinal) == true, WireguardLab.Hangs, "the tunnel comes up by itself");
    }

    [Fact]
    public async Task It_is_taken_down_and_up_by_an_edit()
    {
        await lab.Client.PutSecretAsync("warp-profile", SecretKind.WarpProfile, Profile($"{WireguardLab.InternetAddress}:{Port}"), default);
        await lab.ApplyAsync(Tunnel);

        await lab.MeshctlAsync("tunnel", "down", "warp0");
        Assert.Null(await lab.LinkAsync("warp0"));
        Assert.Equal("off", await VerdictAsync());
        Assert.Null(await lab.CarrierAsync("warp0"));

        await lab.MeshctlAsync("tunnel", "up", "warp0");
        Assert.Contains("172.16.0.2/32", await lab.LinkAsync("warp0"));
    }

    [Theory]
    [InlineData("PrivateKey = nonsense", "PrivateKey is no key")]
    [InlineData("PostUp = touch /tmp/x", "hooks are never run")]
    [InlineData("Colour = blue", "this key is not known here")]
    public async Task A_broken_profile_is_refused_and_leaves_nothing_behind(string line, string reason)
    {
        var profile = Profile($"{WireguardLab.InternetAddress}:{Port}");
        profile = line.StartsWith("PrivateKey", StringComparison.Ordinal) ? profile.Replace($"PrivateKey = {_node.Private}", line, StringComparison.Ordinal) : profile.Replace("[Peer]", $"{line}\n[Peer]", StringComparison.Ordinal);
        await lab.Client.PutSecretAsync("warp-profile", SecretKind.WarpProfile, profile, default);

        var error = await WireguardLab.RefusedAsync(() => lab.ApplyAsync(Tunnel));

        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
        Assert.Equal("wireguard.warp_tunnel.profile", error.Target);
        Assert.Contains(reason, error.Message);
        Assert.Null(await lab.LinkAsync("warp0"));
    }

    [Fact]
    public async Task Any_other_hook_text_is_refused_with_the_reason()
    {
        var error = await WireguardLab.RefusedAsync(() => lab.ApplyAsync(Tunnel.Replace("ovs-vsctl add-port mesh warp0", "ovs-vsctl add-port mesh warp0; reboot", StringComparison.Ordinal)));

        Assert.Equal("wireguard.warp_tunnel.post_up", error.Target);
        Assert.Contains("never run", error.Message);
        Assert.Null(await lab.LinkAsync("warp0"));
    }

    [Fact]
    public async Task A_device_of_somebody_else_is_a_conflict_that_names_it_and_stays()
    {
        await lab.Client.PutSecretAsync("warp-profile", SecretKind.WarpProfile, Profile($"{WireguardLab.InternetAddress}:{Port}"), default);
        await lab.RunAsync(WireguardLab.Node, "ip", "link", "add", "warp0", "type", "veth", "peer", "name", "warp0far");
        try
        {
            var error = await WireguardLab.RefusedAsync(() => lab.ApplyAsync(Tunnel));

            Assert.Equal(ErrorKind.Conflict, error.Kind);
            Assert.Contains("warp0 (veth)", error.Message);
            Assert.NotNull(await lab.LinkAsync("warp0"));
        }
        finally
        {
            await lab.RunAsync(WireguardLab.Node, "ip", "link", "delete", "warp0");
        }
    }

    [Fact]
    public async Task A_far_end_that_moved_is_found_again_by_its_name()
    {
        const string name = "engage.cloudflare.test";
        await using var cloudflare = await CloudflareAsync();
        await HostsAsync($"203.0.113.99 {name}");
        try
        {
            await lab.Client.PutSecretAsync("warp-profile", SecretKind.WarpProfile, Profile($"{name}:{Port}"), default);
            await lab.ApplyAsync(Tunnel);
            await Eventually.True(async () => (await EndpointAsync())?.StartsWith("203.0.113.99", StringComparison.Ordinal) == true, WireguardLab.Hangs, "the name is resolved");
            Assert.Equal("never connected", await VerdictAsync());

            await HostsAsync($"{WireguardLab.InternetAddress} {name}");

            await Eventually.True(async () => await VerdictAsync() == "up", WireguardLab.Hangs, "the new address is used");
        }
        finally
        {
            await lab.RunAsync(WireguardLab.Node, "umount", "/etc/hosts");
        }
    }

    public ValueTask DisposeAsync() => new(lab.ClearAsync());

    string Profile(string endpoint) => $"""
        [Interface]
        PrivateKey = {_node.Private}
        Address = 172.16.0.2/32, 2606:4700:110:8765::1/128
        DNS = 1.1.1.1, 2606:4700:4700::1111
        MTU = 1280
        [Peer]
        PublicKey = {_cloudflare.Public}
        AllowedIPs = 0.0.0.0/0, ::/0
        Endpoint = {endpoint}
        """;

    Task<FarEnd> CloudflareAsync() => FarEnd.StartAsync(lab.Lab, "internet", "cf",
        $"[Interface]\nPrivateKey = {_cloudflare.Private}\nListenPort = {Port}\n[Peer]\nPublicKey = {_node.Public}\nAllowedIPs = 172.16.0.2/32\n", "172.16.0.1/24");

    async Task<string> VerdictAsync() => (await lab.Client.WireguardAsync(default)).Interfaces.First(i => i.Name == "warp0").Verdict;

    async Task<string?> EndpointAsync() => (await lab.Client.WireguardAsync(default)).Interfaces.First(i => i.Name == "warp0").Peers is [var far] ? far.Endpoint : null;

    /// <summary>The node's own names, in its own mount namespace.</summary>
    async Task HostsAsync(string line)
    {
        var file = lab.Lab.FileIn(WireguardLab.Node, "/run/hosts-of-the-test");
        var mounted = File.Exists(file);
        await File.WriteAllTextAsync(file, $"127.0.0.1 localhost\n{line}\n");
        if (!mounted || !(await lab.RunAsync(WireguardLab.Node, "cat", "/etc/hosts")).Contains(line, StringComparison.Ordinal))
            await lab.RunAsync(WireguardLab.Node, "mount", "--bind", "/run/hosts-of-the-test", "/etc/hosts");
    }

    async Task NoSecretShowsAsync()
    {
        foreach (var words in (string[][])[["env", "meshctl", "state"], ["env", "meshctl", "state", "--view", "observed"], ["env", "meshctl", "wg", "status", "--json"], ["env", "meshctl", "history", "--json"], ["cat", "/var/lib/meshmcp/audit.jsonl"]])
            Assert.DoesNotContain(_node.Private, await lab.RunAsync(WireguardLab.Node, words));
    }
}
