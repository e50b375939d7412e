using System.Text.Json;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.Packaging;

/// <summary>The Debian package on a machine that a real systemd booted, with a real Open vSwitch.</summary>
public sealed class PackageTests : IAsyncLifetime
{
    const string Bridge = "meshmcp-hostbridge.service";
    static readonly string[] Units = ["meshmcp-hostbridge.socket", Bridge, "meshmcp-relay.service", "meshmcp-mcp.service", "meshmcp-api.service", "meshmcp-acme.service"];
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    BootedMachine machine = null!;
    string older = "", newer = "";

    public async ValueTask InitializeAsync()
    {
        machine = await BootedMachine.StartAsync();
        // Where this machine's own packages may not start daemons, those of the machine may.
        File.Delete($"{machine.Root}/usr/sbin/policy-rc.d");
        await machine.AddOpenVSwitchAsync();
        await machine.ExecAsync("systemctl", "start", "openvswitch-switch.service");
        (older, newer) = await DebianPackage.ProvideAsync(machine);
    }

    public ValueTask DisposeAsync() => machine.DisposeAsync();

    [Fact]
    public async Task Installed_it_runs_and_with_its_configuration_the_whole_way_from_api_over_relay_to_host_bridge_holds_in_the_sandbox_also_after_an_agent_hung()
    {
        await machine.ExecAsync("dpkg", "-i", newer);
        Assert.Equal(["active", "active", "inactive", "inactive", "inactive", "inactive"], await StatesAsync());
        Assert.Empty(await machine.ExecAsync("systemctl", "--failed", "--no-legend", "--plain"));
        Assert.Contains("MeshMcp", await machine.ExecAsync("meshctl", "status"), StringComparison.Ordinal);

        await ConfigureAsync();
        Directory.CreateDirectory($"{machine.Root}/etc/systemd/system/{Bridge}.d");
        await File.WriteAllTextAsync($"{machine.Root}/etc/systemd/system/{Bridge}.d/test.conf", "[Service]\nWatchdogSec=4\nTimeoutAbortSec=1\n");
        await machine.ExecAsync("systemctl", "daemon-reload");
        await machine.ExecAsync("systemctl", "restart", Bridge);
        await machine.ExecAsync("systemctl", "start", "meshmcp-relay", "meshmcp-mcp", "meshmcp-api", "meshmcp-acme");
        foreach (var port in new[] { 9573, 9574 })
            await Eventually.True(async () => (await machine.ExecAsync("curl", "-sf", $"http://127.0.0.1:{port}/healthz")).Length > 0, Soon, $"{port} answers");
        await Eventually.True(async () => JsonDocument.Parse(await machine.ExecAsync("curl", "-sf", "http://127.0.0.1:9574/healthz")).RootElement.GetProperty("nodes").GetProperty("reachable").GetInt32() == 1, Soon, "the node answers the API");
        Assert.Equal(["active", "active", "active", "active", "active", "active"], await StatesAsync());
        foreach (var unit in Units.Where(u => u.EndsWith(".service", StringComparison.Ordinal) && u != Bridge))
            Assert.NotEqual("0", (await machine.ExecAsync("stat", "--format=%u", $"/proc/{await machine.ShowAsync(unit, "MainPID")}")).Trim());

        await TokensWorkAsync();
        await TheAcmeClientSeesItsFolderAloneAsync();

        var hung = await machine.ShowAsync(Bridge, "MainPID");
        await machine.ExecAsync("kill", "-STOP", hung);
        await Eventually.True(async () => await machine.ShowAsync(Bridge, "MainPID") is var pid && pid != "0" && pid != hung && await machine.ShowAsync(Bridge, "ActiveState") == "active", Soon, "another agent runs");
        await machine.ExecAsync("meshctl", "status");
        // Nothing but containers outlives an agent.
        await Eventually.True(async () => (await machine.ExecAsync("pgrep", "--full", "--exact", "--count", "[^ ]*ip -o monitor .*")).Trim() == "1", Soon, "the old agent's own children are gone");
    }

    [Fact]
    public async Task Upgrade_and_restart_leave_containers_and_callers_alone_and_removal_leaves_nothing_and_a_new_installation_brings_all_back()
    {
        await machine.ExecAsync("dpkg", "-i", older);
        await machine.AddUnitAsync("one.service", "[Service]\nExecStart=/bin/sleep infinity\n");
        await machine.ExecAsync("meshctl", "template", "build", "busybox", "busybox");
        await File.WriteAllTextAsync($"{machine.Root}/root/state.json", """
            {
              "lxc": { "containers": [ { "id": "100", "veth": "veth100", "properties": { "ipv4_address": "10.0.0.100/24", "template": "busybox", "privileged": true } } ] },
              "openflow": { "bridges": { "mesh": { "flows": [ "priority=0,actions=normal" ] } } },
              "uplink": { "masquerade": ["100"] },
              "systemd": { "units": { "one.service": { "active_state": "active" } } }
            }
            """);
        await machine.ExecAsync("meshctl", "apply", "/root/state.json");
        await IsGreenAsync();
        var container = await InitOfContainerAsync();

        // Who calls while the agent restarts waits for the new one.
        await machine.ExecAsync("systemctl", "stop", Bridge);
        await machine.ExecAsync("meshctl", "status");
        await Task.WhenAll(machine.ExecAsync("systemctl", "restart", Bridge), machine.ExecAsync("meshctl", "status"), machine.ExecAsync("meshctl", "status"));
        await machine.ExecAsync("dpkg", "-i", newer);

        Assert.Equal(newer.Split('_')[1], await machine.ExecAsync("dpkg-query", "--show", "--showformat=${Version}", "meshmcp"));
        await IsGreenAsync();
        Assert.Equal(container, await InitOfContainerAsync());

        await machine.ExecAsync("dpkg", "-r", "meshmcp");

        Assert.Empty(await machine.ExecAsync("find", "/etc/systemd", "/usr/lib/systemd", "/usr/lib/tmpfiles.d", "/usr/lib/sysusers.d", "-name", "meshmcp*"));
        Assert.Empty(await machine.ExecAsync("systemctl", "list-units", "--all", "--no-legend", "--no-pager", "meshmcp*"));
        foreach (var file in new[] { "passwd", "group" }) Assert.DoesNotContain("meshmcp", await machine.ExecAsync("getent", file), StringComparison.Ordinal);
        Assert.False(Directory.Exists($"{machine.RunFolder}/meshmcp"));
        Assert.DoesNotContain("meshmcp", await machine.ExecAsync("nft", "list", "ruleset"), StringComparison.Ordinal);
        Assert.DoesNotContain("proto 77", await machine.ExecAsync("ip", "-d", "rule"), StringComparison.Ordinal);
        Assert.DoesNotContain("mesh", await machine.ExecAsync("ip", "-br", "link"), StringComparison.Ordinal);
        Assert.Empty(await machine.ExecAsync("ovs-vsctl", "list-br"));
        Assert.False(Directory.Exists($"{machine.Root}/proc/{container}"));
        Assert.Equal("inactive", await machine.ShowAsync("one.service", "ActiveState"));

        await machine.ExecAsync("dpkg", "-i", newer);

        await IsGreenAsync();
        await machine.ExecAsync("ping", "-c1", "-W5", "10.0.0.100");
        await machine.ExecAsync("dpkg", "-P", "meshmcp");
        Assert.Equal([], Left("/var/lib/meshmcp"));
        Assert.Equal([], Left("/etc/meshmcp"));
    }

    /// <summary>What is in it: an empty folder may be the host's own, beneath the machine's root, that a lab made meanwhile to mount on.</summary>
    string[] Left(string folder) => Directory.Exists(machine.Root + folder) ? Directory.GetFileSystemEntries(machine.Root + folder, "*", SearchOption.AllDirectories) : [];

    /// <summary>Every system that the state names is as desired.</summary>
    async Task IsGreenAsync() => await Eventually.True(async () =>
    {
        var systems = JsonDocument.Parse(await machine.ExecAsync("meshctl", "status", "--json")).RootElement.GetProperty("systems").EnumerateArray().ToDictionary(s => s.GetProperty("name").GetString()!);
        return new[] { "systemd", "uplink", "bridge", "adapters", "lxc", "openflow" }.All(name => systems[name].TryGetProperty("inSync", out var inSync) && inSync.ValueKind == JsonValueKind.True);
    }, Soon, "all systems are in sync");

    async Task<string> InitOfContainerAsync() => (await machine.ExecAsync("lxc-info", "-n", "100", "-p", "-H")).Trim();

    async Task<IReadOnlyList<string>> StatesAsync() => [.. await Task.WhenAll(Units.Select(u => machine.ShowAsync(u, "ActiveState")))];

    /// <summary>Made and revoked by root, while the server has a user of its own.</summary>
    async Task TokensWorkAsync()
    {
        var first = await TokenAsync("first");
        Assert.Equal("root meshmcp 640", (await machine.ExecAsync("stat", "--format=%U %G %a", "/etc/meshmcp/tokens.json")).Trim());
        Assert.Equal("200", await StatusAsync(first));
        var second = await TokenAsync("second");
        await machine.ExecAsync("meshctl", "token", "revoke", "--file", "/etc/meshmcp/tokens.json", "--name", "first");
        Assert.Equal(("401", "200"), (await StatusAsync(first), await StatusAsync(second)));
        await machine.ExecAsync("systemctl", "restart", "meshmcp-mcp", "meshmcp-api");
        await Eventually.True(async () => await StatusAsync(second) == "200", Soon, "the units start again and know the token");
        Assert.Equal("401", await StatusAsync(first));

        async Task<string> TokenAsync(string name) => (await machine.ExecAsync("meshctl", "token", "create", "--file", "/etc/meshmcp/tokens.json", "--name", name, "--scope", "read")).Split('\n')[0].Trim();

        async Task<string> StatusAsync(string token) => (await machine.ExecAsync("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-H", $"Authorization: Bearer {token}", "http://127.0.0.1:9574/v1/nodes")).Trim();
    }

    /// <summary>It made its account's key there, though the machine has no network; what it cannot reach it is not shown.</summary>
    async Task TheAcmeClientSeesItsFolderAloneAsync()
    {
        const string Folder = "/etc/meshmcp/acme";
        var root = $"/proc/{await machine.ShowAsync("meshmcp-acme.service", "MainPID")}/root";
        Assert.Equal("acme", (await machine.ExecAsync("ls", $"{root}/etc/meshmcp")).Trim());
        await Eventually.True(async () => (await machine.ExecAsync("find", $"{Folder}/account", "-name", "account.key", "-user", "meshmcp-acme", "-perm", "600")).Length > 0, Soon, "the account has a key");
        Assert.Equal("root 644", (await machine.ExecAsync("stat", "--format=%U %a", $"{Folder}/acme.json")).Trim());
        Assert.Equal("meshmcp-acme meshmcp-acme 750", (await machine.ExecAsync("stat", "--format=%U %G %a", $"{Folder}/public")).Trim());
        // The servers, who have users of their own, may read what it puts there.
        foreach (var unit in new[] { "meshmcp-mcp.service", "meshmcp-api.service" })
        {
            var group = (await machine.ExecAsync("getent", "group", "meshmcp-acme")).Split(':')[2];
            Assert.Contains(group, (await machine.ExecAsync("grep", "^Groups:", $"/proc/{await machine.ShowAsync(unit, "MainPID")}/status")).Split());
        }
    }

    /// <summary>As docs/packages.md says, on loopback.</summary>
    async Task ConfigureAsync()
    {
        const string Folder = "/etc/meshmcp";
        await machine.ExecAsync("meshctl", "pki", "init", $"{Folder}/pki");
        foreach (var role in new[] { "node", "server" }) await machine.ExecAsync("meshctl", "pki", "issue", $"{Folder}/pki", "--role", role, "--name", "testmachine", "--address", "127.0.0.1");
        foreach (var (from, to, mode, owner) in new[] { ("ca.crt", "ca.crt", "0644", "root:root"), ("testmachine.node.crt", "node.crt", "0644", "root:root"), ("testmachine.node.key", "node.key", "0600", "meshmcp-relay:root"), ("testmachine.server.crt", "server.crt", "0644", "root:root"), ("testmachine.server.key", "server.key", "0640", "root:meshmcp") })
            await machine.ExecAsync("install", "-m", mode, "-o", owner.Split(':')[0], "-g", owner.Split(':')[1], $"{Folder}/pki/{from}", $"{Folder}/{to}");
        await WriteAsync("hostbridge.json", $$"""{ "node": "testmachine", "relayUid": 9575, "delegates": [ { "certificate": "server/testmachine", "scope": "admin" } ] }""");
        await WriteAsync("relay.json", $$"""{ "listen": ["127.0.0.1:9575"], "ca": "{{Folder}}/ca.crt", "certificate": "{{Folder}}/node.crt", "key": "{{Folder}}/node.key" }""");
        foreach (var (file, port) in new[] { ("server.json", 9573), ("api.json", 9574) })
            await WriteAsync(file, $$"""{ "listen": "127.0.0.1:{{port}}", "identity": { "ca": "{{Folder}}/ca.crt", "certificate": "{{Folder}}/server.crt", "key": "{{Folder}}/server.key" }, "nodes": { "testmachine": { "address": "127.0.0.1:9575" } }, "tokens": "{{Folder}}/tokens.json" }""");

        await WriteAsync("acme/acme.json", """{ "names": ["mesh.example"], "termsAgreed": true, "directory": "https://127.0.0.1:1/directory" }""");

        Task WriteAsync(string name, string content) => File.WriteAllTextAsync($"{machine.Root}{Folder}/{name}", content);
    }
}
