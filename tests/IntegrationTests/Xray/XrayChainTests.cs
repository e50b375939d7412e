using System.Diagnostics;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.Systems.Xray;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.Xray;

public sealed class XrayChainTests : IAsyncLifetime
{
    static readonly TimeSpan Hangs = TimeSpan.FromSeconds(20);

    XrayChain _chain = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _chain = await XrayChain.StartAsync();

    public ValueTask DisposeAsync() => _chain?.DisposeAsync() ?? default;

    [Fact]
    public async Task Users_pass_30_MB_by_address_and_by_name_over_VLESS_and_VMess_and_come_out_at_the_exit()
    {
        await AddAsync("alice");
        var ports = await _chain.ConnectAsync(_chain.Vps.LinksOf("alice"));

        Assert.Equal(2, ports.Count);
        foreach (var port in ports)
            foreach (var host in new[] { XrayChain.WebAddress, XrayChain.WebName })
            {
                Assert.Equal(XrayChain.ExitAddress, await _chain.GetAsync(port, host));
                Assert.Equal(XrayChain.Big, await _chain.LoadAsync(port, host));
            }

        var traffic = await _chain.Vps.Programs.TrafficAsync(XrayChain.Server, Contracts.State.XrayProgram.V2ray, Ct);
        Assert.True(XrayCounters.Of(traffic, "user", "alice", "downlink") >= 4L * XrayChain.Big, string.Join(' ', traffic));
        Assert.True(XrayCounters.Of(traffic, "inbound", "vmess", "downlink") >= 2L * XrayChain.Big);
    }

    [Fact]
    public async Task A_removed_user_is_shut_out_and_the_others_are_in_again_at_once()
    {
        await AddAsync("alice");
        await AddAsync("bob");
        var alice = await _chain.ConnectAsync(_chain.Vps.LinksOf("alice"));
        var bob = await _chain.ConnectAsync(_chain.Vps.LinksOf("bob"));
        foreach (var port in alice.Concat(bob)) Assert.Equal(XrayChain.ExitAddress, await _chain.GetAsync(port, XrayChain.WebAddress));
        var slow = _chain.LoadAsync(bob[0], XrayChain.WebAddress, "--limit-rate", "1M");

        var clock = Stopwatch.StartNew();
        var end = await _chain.Vps.EditAsync(new RemoveXrayUser("alice"));
        var applied = clock.Elapsed;
        await Eventually.True(_chain.ListensAsync, Hangs, "the server listens again");
        var listens = clock.Elapsed;
        await Eventually.True(async () => await _chain.GetAsync(bob[0], XrayChain.WebAddress) == XrayChain.ExitAddress, Hangs, "bob is in again");
        TestContext.Current.TestOutputHelper?.WriteLine($"applied in {applied.TotalMilliseconds:0} ms, open again {(listens - applied).TotalMilliseconds:0} ms later, bob's first request answered after {(clock.Elapsed - listens).TotalMilliseconds:0} ms more");

        Assert.Null(end.Error);
        Assert.Equal(XrayChain.ExitAddress, await _chain.GetAsync(bob[1], XrayChain.WebName));
        foreach (var port in alice) await Assert.ThrowsAsync<InvalidOperationException>(() => _chain.GetAsync(port, XrayChain.WebAddress));
        // What ran while the program was restarted is cut: that is what the documentation says.
        await Assert.ThrowsAsync<InvalidOperationException>(() => slow);
    }

    [Fact]
    public async Task A_program_that_does_not_end_by_itself_is_gone_when_a_removal_is_told_as_done()
    {
        await AddAsync("alice");
        var old = (await RunningAsync()).Trim();
        await _chain.Vps.Commands.RunAsync(Command.Of("kill", "-STOP", old), Ct);

        Assert.Null((await _chain.Vps.EditAsync(new RemoveXrayUser("alice"))).Error);

        await Eventually.True(() => !Directory.Exists($"/proc/{old}"), Hangs, "the old program is gone");
        await Eventually.True(_chain.ListensAsync, Hangs, "the program listens again");
    }

    [Fact]
    public async Task Going_back_lets_no_removed_user_in_again_and_a_new_one_of_the_name_gets_another_link()
    {
        var with = await AddAsync("alice");
        var link = _chain.Vps.LinksOf("alice")[0];
        var file = await File.ReadAllTextAsync(_chain.Vps.Configuration(XrayChain.Server), Ct);

        await _chain.Vps.EditAsync(new RemoveXrayUser("alice"));
        Assert.NotEqual(file, await File.ReadAllTextAsync(_chain.Vps.Configuration(XrayChain.Server), Ct));
        var without = await File.ReadAllTextAsync(_chain.Vps.Configuration(XrayChain.Server), Ct);
        Assert.Null((await _chain.Vps.RollbackAsync(with)).Error);
        Assert.Equal(without, await File.ReadAllTextAsync(_chain.Vps.Configuration(XrayChain.Server), Ct));

        await _chain.Vps.EditAsync(new RemoveXrayUser("alice"));
        await AddAsync("alice");
        Assert.NotEqual(link, _chain.Vps.LinksOf("alice")[0]);
    }

    [Fact]
    public async Task A_configuration_that_the_program_refuses_leaves_the_old_one_and_all_as_it_was()
    {
        await AddAsync("alice");
        var file = await File.ReadAllTextAsync(_chain.Vps.Configuration(XrayChain.Server), Ct);
        var pid = await RunningAsync();
        _chain.Vps.Commands.Spoil = true;

        var end = await _chain.Vps.EditAsync(new AddXrayUser(new() { Name = "bob" }));

        Assert.Equal((false, GenerationStatus.RolledBack), (end.Changed, end.Generation!.Status));
        Assert.Equal(ErrorKind.CommandFailed, end.Error!.Kind);
        Assert.StartsWith("v2ray refuses the configuration: main: failed to read config files: [/etc/meshmcp/xray.json] > ", end.Error.Message, StringComparison.Ordinal);
        Assert.Contains("unknown config id: nonsense", end.Error.Message, StringComparison.Ordinal);
        Assert.Equal(file, await File.ReadAllTextAsync(_chain.Vps.Configuration(XrayChain.Server), Ct));
        Assert.Equal(["alice"], _chain.Vps.Engine.Desired.Xray!.Server!.Users.Select(u => u.Name));
        Assert.Equal(pid, await RunningAsync());
    }

    [Fact]
    public async Task Private_networks_behind_the_exit_are_closed_unless_they_are_named()
    {
        await AddAsync("alice");
        var port = (await _chain.ConnectAsync(_chain.Vps.LinksOf("alice")))[0];
        Assert.Equal(XrayChain.ExitAddress, await _chain.GetAsync(port, XrayChain.WebAddress));

        foreach (var host in new[] { XrayChain.InsideAddress, XrayChain.InsideName, "127.0.0.1:10085" })
            await Assert.ThrowsAsync<InvalidOperationException>(() => _chain.GetAsync(port, host));

        await _chain.Home.DeclareAsync(XrayChain.ExitSection with { Exit = XrayChain.ExitSection.Exit! with { AllowedNetworks = [$"{XrayChain.InsideAddress}/32"] } });
        foreach (var host in new[] { XrayChain.InsideAddress, XrayChain.InsideName })
            await Eventually.True(async () => await _chain.GetAsync(port, host) == XrayChain.ExitAddress, Hangs, $"{host} is open");
    }

    [Fact]
    public async Task What_others_change_in_the_file_is_put_back_and_a_section_that_is_gone_leaves_nothing()
    {
        var path = _chain.Vps.Configuration(XrayChain.Server);
        var file = await File.ReadAllTextAsync(path, Ct);
        await File.WriteAllTextAsync(path, "{}", Ct);

        Assert.Null(await _chain.Vps.Engine.HealAsync());
        Assert.Equal(file, await File.ReadAllTextAsync(path, Ct));

        // Its program has no configuration any more, and may be started again without success.
        Assert.Null((await _chain.Vps.DeclareAsync(new())).Error);
        Assert.False(File.Exists(path));
        Assert.Null((await _chain.Vps.RollbackAsync(1)).Error);
        Assert.Equal(file, await File.ReadAllTextAsync(path, Ct));
    }

    async Task<int> AddAsync(string user)
    {
        var end = await _chain.Vps.EditAsync(new AddXrayUser(new() { Name = user }));
        Assert.Null(end.Error);
        await Eventually.True(async () => await _chain.Vps.Programs.RunsAsync(XrayChain.Server, Ct) == true && await _chain.ListensAsync(), Hangs, "the program listens again");
        return end.Generation!.Number;
    }

    async Task<string> RunningAsync() => (await _chain.Vps.Commands.RunAsync(Command.Of("pgrep", "--ns", $"{_chain.Vps.Commands.Inits[XrayChain.Server]}", "--nslist", "pid", "v2ray"), Ct)).Output;
}
