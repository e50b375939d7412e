using System.Diagnostics;
using System.Text.Json;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.IntegrationTests.Lxc;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.Xray;

/// <summary>Server, exit, web server and client in four real containers that one change makes together with their configurations.</summary>
public sealed class XrayContainerTests(ContainerLab lab) : IClassFixture<ContainerLab>
{
    const string Server = "202", Exit = "102", Web = "120", Client = "130", Template = "glibc", AliceId = "11111111-1111-4111-8111-111111111111";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Programs_in_containers_get_their_configuration_with_the_containers_and_read_a_new_one_at_once()
    {
        await lab.Client.AddTemplateAsync(Template, new() { Build = "busybox-glibc" }, Ct);
        await lab.Client.PutSecretAsync("xray-exit-id", SecretKind.XrayId, "33333333-3333-4333-8333-333333333333", Ct);
        await lab.Client.PutSecretAsync("xray-user-alice", SecretKind.XrayId, AliceId, Ct);

        var made = await lab.ApplyAsync(new() { Declared = JsonSerializer.SerializeToElement(State(), MeshJson.Default.NodeState) });

        Assert.True(made.Changed);
        await Eventually.True(async () => await lab.Client.XrayAsync(Ct) is { Server: { Configured: true, Running: true, NoTraffic: null }, Exit: { Configured: true, Running: true, NoTraffic: null } }, ContainerLab.Hangs, "both run", Ct);
        await ComesThroughAsync();
        Assert.True((await lab.Client.XrayAsync(Ct)).Users.Single() is { Name: "alice", Active: true, Up: > 0, Down: > 0 });
        Assert.Equal("600 0\n", await lab.ExecAsync(Server, "stat", "-c", "%a %u", "/etc/meshmcp/xray.json"));

        var waits = await WaitsAsync();
        // Several in a row: none has to wait longer than the one before.
        foreach (var user in new[] { "bob", "carol", "dave" })
        {
            var clock = Stopwatch.StartNew();
            Assert.Equal(2, (await lab.Client.AddXrayUserAsync(new(user), Ct)).Links.Count);
            var applied = clock.Elapsed;
            await Eventually.True(async () => await lab.Client.XrayAsync(Ct) is { Server: { Running: true, NoTraffic: null } }, ContainerLab.Hangs, "it runs again", Ct);
            TestContext.Current.TestOutputHelper?.WriteLine($"{user} added in {applied.TotalMilliseconds:0} ms, the program answers {(clock.Elapsed - applied).TotalMilliseconds:0} ms later");
        }
        await ComesThroughAsync();
        Assert.Equal(waits, await WaitsAsync());

        await lab.Client.RemoveXrayUserAsync("alice", Ct);
        await Eventually.True(async () => await lab.Client.XrayAsync(Ct) is { Server.Running: true }, ContainerLab.Hangs, "it runs again", Ct);
        Assert.NotEqual("hello", (await GetAsync()).Output);
        Assert.Equal(["bob", "carol", "dave"], (await lab.Client.XrayAsync(Ct)).Users.Select(u => u.Name));
    }

    /// <summary>How often the init held the program back; before its configuration came, it did.</summary>
    async Task<int> WaitsAsync() => (await lab.ExecAsync(Server, "cat", "/var/log/v2ray.log")).Split("is started again in").Length;

    Task ComesThroughAsync() => Eventually.True(async () => (await GetAsync()).Output == "hello", ContainerLab.Hangs, "the web page comes through both", Ct);

    Task<ContainerExecResult> GetAsync() => lab.Client.ExecAsync(Web, new(["wget", "-qO-", $"http://10.1.0.{Client}:1080/"]) { TimeoutSeconds = 20 }, Ct);

    static NodeState State() => new()
    {
        Bridge = new() { Address = "10.1.0.1/24" },
        Openflow = new() { Bridges = new Dictionary<string, BridgeFlows> { ["mesh"] = new() { Flows = ["priority=10,actions=normal"] } } },
        Lxc = new()
        {
            Containers =
            [
                Program(Exit, "/etc/meshmcp/xray.json"),
                Program(Server, "/etc/meshmcp/xray.json"),
                ContainerLab.Item(Web, new() { Services = [new() { Name = "http", Port = 80, Command = ["httpd", "-f", "-p", "80", "-h", "/www"] }], Files = [new() { Path = "/www/index.html", Content = "hello" }] }),
                Program(Client, "/etc/client.json", new ContainerFile { Path = "/etc/client.json", Content = ClientConfiguration }),
            ],
        },
        Xray = new()
        {
            Server = new() { Container = Server, Program = XrayProgram.V2ray, Host = "203.0.113.10", Vless = new() { Port = 443 }, Vmess = new() { Port = 8443 }, Exit = "10.1.0.102:10086", Users = [new() { Name = "alice" }] },
            Exit = new() { Container = Exit, Program = XrayProgram.V2ray, AllowedNetworks = ["10.1.0.120/32"] },
        },
    };

    static Container Program(string id, string configuration, params IReadOnlyList<ContainerFile> files)
    {
        var item = ContainerLab.Item(id, new()
        {
            Mounts = [new() { Source = "/usr/bin/v2ray", Target = "/usr/bin/v2ray" }],
            Services = [new() { Name = "v2ray", Port = 1080, Command = ["/usr/bin/v2ray", "-config", configuration] }],
            Files = files,
        });
        return item with { Properties = item.Properties with { Template = Template } };
    }

    const string ClientConfiguration = $$"""
        { "inbounds": [ { "listen": "0.0.0.0", "port": 1080, "protocol": "dokodemo-door", "settings": { "address": "10.1.0.120", "port": 80, "network": "tcp" } } ],
          "outbounds": [ { "protocol": "vless", "settings": { "vnext": [ { "address": "10.1.0.202", "port": 443, "users": [ { "id": "{{AliceId}}", "encryption": "none" } ] } ] } } ] }
        """;
}
