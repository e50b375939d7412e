using System.Text.Json;
using System.Text.Json.Nodes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.OpenVSwitch;
using MeshMcp.HostBridge.Store;
using MeshMcp.HostBridge.Systems.Adapters;
using MeshMcp.HostBridge.Systems.Bridge;
using MeshMcp.HostBridge.Systems.Lxc;
using MeshMcp.HostBridge.Systems.Netmaker;
using MeshMcp.HostBridge.Systems.Openflow;
using MeshMcp.HostBridge.Systems.Packagekit;
using MeshMcp.HostBridge.Systems.Systemd;
using MeshMcp.HostBridge.Systems.Uplink;
using MeshMcp.HostBridge.Systems.Wireguard;
using MeshMcp.HostBridge.Systems.Xray;
using MeshMcp.TestKit;
using MeshMcp.UnitTests.Wireguard;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace MeshMcp.UnitTests.State;

/// <summary>Every text that a state can hold, each put into the place of every hostile one: none gets as far as a program or a file that another program reads.</summary>
public sealed class StateTextsTests : IAsyncLifetime
{
    static readonly Distribution Debian = new("Debian", true, false);

    static readonly Dictionary<string, string> Hostile = new()
    {
        ["a line break"] = "a\nb", ["a line break at its end"] = "eth0\n", ["a carriage return"] = "a\rb", ["NUL"] = "a\0b", ["a tab"] = "a\tb", ["an escape"] = "a\u001b[2Jb", ["delete"] = "a\u007fb", ["a next line"] = "a\u0085b",
        ["a line separator"] = "a\u2028b", ["a turn of direction"] = "a\u202eb", ["nothing wide"] = "a\u200bb", ["half a character"] = "a\ud800",
        ["a quote"] = "a\"b", ["an end of a statement"] = "eth0\"; flush ruleset; add table inet x; #", ["an apostrophe"] = "a'b", ["a dollar"] = "$(reboot)", ["a backtick"] = "`reboot`", ["a semicolon"] = "a;b", ["a brace"] = "a}b", ["a space"] = "a b", ["an inclusion"] = "include \"/etc/shadow\"",
        ["a leading dash"] = "--help", ["the way up"] = "../../etc/shadow", ["a slash"] = "a/b/c/d", ["a look-alike"] = "еth0", ["100 kB"] = new('a', 100_000), ["100 kB of words"] = string.Concat(Enumerable.Repeat("ab ", 33_000)), ["nothing"] = "",
    };

    /// <summary>Places whose own grammar takes some of these as they are, and what takes them there: no program's language is made of them.</summary>
    static readonly Dictionary<string, string[]> Free = new()
    {
        // Written into the file, byte by byte.
        ["content"] = [.. Hostile.Keys.Except(["NUL"])],
        // Quoted for the shell of the container's init; see ContainerRenderingTests.
        ["command"] = [.. Hostile.Keys.Except(["NUL", "100 kB", "100 kB of words", "nothing"])],
        // No hook; and Xray's own short id of clients that send none.
        ["post_up"] = ["nothing"], ["pre_down"] = ["nothing"], ["short_ids"] = ["nothing"],
        // A path of a file in a container, or of a mount: opened below its root, or held open; LXC's file has none with spaces.
        ["path"] = ["a quote", "an apostrophe", "a dollar", "a backtick", "a semicolon", "a brace", "a space"],
    };

    readonly string _folder = Directory.CreateTempSubdirectory("meshmcp-texts-").FullName;
    OvsdbConnection _absent = null!;
    Planner _planner = null!;

    public async ValueTask InitializeAsync()
    {
        _absent = await OvsdbConnection.OpenAsync(new(Path.Combine(_folder, "db.sock"), _folder), TimeProvider.System, NullLogger.Instance, TestContext.Current.CancellationToken);
        var secrets = new SecretStore(Path.Combine(_folder, "secrets"));
        _planner = new(
        [
            new PackagekitSystem(null!, null!, null!, Debian), new SystemdSystem(null!, null!, Debian), new UplinkSystem(null!, null!, null!, null!, null!), new BridgeSystem(null!, null!, null!, null!),
            new WireguardSystem(null!, null!, null!, null!, secrets, null!, null!, TimeProvider.System), new NetmakerSystem(null!, null!, null!, null!, null!), new AdaptersSystem(null!), new LxcSystem(null!, null!, null!, new(new())),
            new XraySystem(null!, null!, null!, secrets, null!), new OpenflowSystem(_absent, null!),
        ], HandClock.Still, NullLogger<Planner>.Instance, null, secrets);
    }

    public async ValueTask DisposeAsync()
    {
        await _absent.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    static readonly JsonNode Full = JsonSerializer.SerializeToNode(new NodeState
    {
        Bridge = new() { Name = "mesh", Address = "10.1.0.1/24", Ports = [new() { Name = "port5", Type = PortType.Internal, Mac = "02:00:00:00:00:01" }], Adapters = [new() { Tunnel = "warp0", Number = 2, Masquerade = true }] },
        Netmaker = new() { Mode = NetmakerMode.Client, Network = "mesh", Interface = "nm-mesh", Bridge = "mesh", Server = "https://mesh.example:8081", ApiEndpoint = "https://mesh.example:8081", Egress = ["10.1.0.0/24"] },
        Wireguard = new()
        {
            WarpTunnel = new() { Interface = "warp0", Profile = "secret:warp", PostUp = "ovs-vsctl add-port mesh warp0", PreDown = "ovs-vsctl del-port mesh warp0" },
            VpnServer = new() { Interface = "wg0", ListenPort = 51820, IpPool = "10.9.0.0/24", Endpoint = "vpn.example", Exit = "warp0", Dns = ["9.9.9.9"], Clients = [new() { Name = "anna", Address = "10.9.0.2", PublicKey = Keys.Of(2), PresharedKey = "secret:anna" }] },
        },
        Openflow = new() { Bridges = new Dictionary<string, BridgeFlows> { ["mesh"] = new() { Flows = ["priority=10,actions=normal"] } } },
        Lxc = new()
        {
            Containers =
            [
                new()
                {
                    Id = "100", Veth = "veth100", Bridge = "mesh",
                    Properties = new()
                    {
                        Name = "web", Ipv4Address = "10.1.0.100/24", Template = "small", Dns = ["9.9.9.9"], Services = [new() { Name = "http", Port = 80, Command = ["httpd"] }],
                        Files = [new() { Path = "/etc/a", Content = "x", Mode = "0644" }, new() { Path = "/etc/b", Secret = "secret:b" }], Mounts = [new() { Source = "/srv/web", Target = "/web" }],
                    },
                },
            ],
        },
        Uplink = new() { Interface = "eth0", Publish = [new() { Protocol = "tcp", Port = 80, Container = "100", Sources = ["198.51.100.0/24"] }], Masquerade = ["100"] },
        Xray = new()
        {
            Server = new() { Container = "100", Host = "www.example.com", Exit = "10.0.0.102:10086", Users = [new() { Name = "bob", Id = "secret:bob" }], Vless = new() { Port = 443, Security = XraySecurity.Tls, Certificate = "secret:c", Key = "secret:k", ServerName = "www.example.com", ShortIds = ["ab"], Flow = "xtls-rprx-vision" } },
            Exit = new() { Container = "101", AllowedNetworks = ["10.0.0.100/32"] },
        },
        Systemd = new() { Units = new Dictionary<string, UnitState> { ["a.service"] = new() { ActiveState = "active" } } },
        Packagekit = new() { Packages = new Dictionary<string, PackageState> { ["htop"] = new() { Ensure = Ensure.Installed } } },
    }, MeshJson.Default.NodeState)!;

    [Fact]
    public void The_state_that_they_are_put_into_has_no_fault() => Assert.Empty(_planner.Problems(Read(Full)));

    /// <summary>A section that nobody looks after is not carried out, but what is looked after is made of it too: ports of containers, networks of tunnels.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData("unmanaged")]
    [InlineData("observe")]
    public void Every_hostile_text_is_refused_wherever_a_state_has_a_text_whoever_looks_after_it(string? mode)
    {
        var taken = new List<string>();
        foreach (var (path, field) in Places(Full, [], ""))
            foreach (var (name, hostile) in Hostile)
            {
                if (Free.GetValueOrDefault(field)?.Contains(name) == true) continue;
                IReadOnlyList<Problem>? problems = null;
                if (Record.Exception(() => problems = Refusal(path, hostile, mode)) is { } defect) taken.Add($"{string.Join('.', path)} breaks by {name}: {defect}");
                else if (problems is null) taken.Add($"{string.Join('.', path)} takes {name}");
                else Assert.All(problems, p => Assert.InRange(p.Message.Length, 1, 700));
            }
        Assert.True(taken.Count == 0, string.Join('\n', taken));
    }

    /// <summary>Null when the state is taken.</summary>
    IReadOnlyList<Problem>? Refusal(IReadOnlyList<object> path, string text, string? mode)
    {
        var whole = Full.DeepClone();
        if (mode is not null) whole["modes"] = new JsonObject { [(string)path[0]] = mode };
        var node = whole;
        foreach (var step in path.SkipLast(1)) node = step is int i ? node![i] : node![(string)step];
        switch (path[^1])
        {
            case (string key, true):
                var value = node!.AsObject()[key]!.DeepClone();
                node.AsObject().Remove(key);
                node.AsObject()[text] = value;
                break;
            case string key: node!.AsObject()[key] = text; break;
            case int at: node!.AsArray()[at] = text; break;
        }
        try
        {
            return _planner.Problems(Read(whole)) is { Count: > 0 } problems ? problems : null;
        }
        catch (Exception e) when (e is JsonException or MeshException)
        {
            return e is MeshException { Error.Problems: { } problems } ? problems : [new("state", e.Message[..Math.Min(e.Message.Length, 100)])];
        }
    }

    static NodeState Read(JsonNode node) => StateReader.Read(node.ToJsonString());

    /// <summary>Every text, and every name of an entry that is not a field's.</summary>
    static IEnumerable<(IReadOnlyList<object> Path, string Field)> Places(JsonNode node, IReadOnlyList<object> path, string field) => node switch
    {
        JsonObject o => o.SelectMany(e => (field is "bridges" or "units" or "packages" ? [([.. path, (e.Key, true)], "name")] : Array.Empty<(IReadOnlyList<object>, string)>()).Concat(e.Value is null ? [] : Places(e.Value, [.. path, e.Key], e.Key))),
        JsonArray a => a.SelectMany((item, i) => item is null ? [] : Places(item, [.. path, i], field)),
        JsonValue v when v.GetValueKind() == JsonValueKind.String => [(path, field)],
        _ => [],
    };
}
