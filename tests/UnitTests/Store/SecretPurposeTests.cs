using System.Text.Json;
using System.Text.Json.Nodes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Store;
using MeshMcp.HostBridge.Systems.Lxc;
using MeshMcp.HostBridge.Systems.Netmaker;
using MeshMcp.HostBridge.Systems.Wireguard;
using MeshMcp.HostBridge.Systems.Xray;
using MeshMcp.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace MeshMcp.UnitTests.Store;

/// <summary>A secret goes only where its kind belongs, wherever a state can name one.</summary>
public sealed class SecretPurposeTests : IDisposable
{
    static readonly IReadOnlyList<ISystem> Systems =
    [
        new WireguardSystem(null!, null!, null!, null!, null!, null!, null!, TimeProvider.System), new NetmakerSystem(null!, null!, null!, null!, null!),
        new LxcSystem(null!, null!, null!, new(new())), new XraySystem(null!, null!, null!, null!, null!),
    ];

    /// <summary>Names a secret wherever it can.</summary>
    static readonly NodeState Full = new()
    {
        Wireguard = new()
        {
            WarpTunnel = new() { Interface = "warp0", Profile = "secret:s1" },
            VpnServer = new() { Interface = "wg0", ListenPort = 51820, IpPool = "10.9.0.0/24", Clients = [new() { Name = "anna", Address = "10.9.0.2", PublicKey = "k", PresharedKey = "secret:s2" }] },
        },
        Netmaker = new() { Mode = NetmakerMode.Client, Network = "mesh", Interface = "nm-mesh", EnrollmentKey = "secret:s3", MasterKey = "secret:s4" },
        Lxc = new() { Containers = [new() { Id = "100", Veth = "veth100", Properties = new() { Files = [new() { Path = "/x", Secret = "secret:s5" }] } }] },
        Xray = new()
        {
            Server = new()
            {
                Container = "100", Exit = "10.0.0.1:1", ExitId = "secret:s6", Users = [new() { Name = "bob", Id = "secret:s7" }],
                Vless = new() { Port = 1, Certificate = "secret:s8", Key = "secret:s9", PrivateKey = "secret:s10" },
                Vmess = new() { Port = 2, Certificate = "secret:s11", Key = "secret:s12", PrivateKey = "secret:s13" },
            },
            Exit = new() { Container = "101", Id = "secret:s14" },
        },
    };

    readonly string _folder = Directory.CreateTempSubdirectory("meshmcp-secrets-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Every_place_where_a_state_names_a_secret_says_of_which_kind_it_must_be()
    {
        var named = Texts(JsonSerializer.SerializeToNode(Full, MeshJson.Default.NodeState)!).Where(t => t.StartsWith("secret:", StringComparison.Ordinal)).Order();
        Assert.Equal(named, Systems.SelectMany(s => s.Secrets(Full)).Select(s => s.Reference!).Order());
    }

    [Fact]
    public void A_secret_of_any_other_kind_is_refused_where_it_is_newly_named()
    {
        var secrets = new SecretStore(_folder);
        var planner = new Planner(Systems, HandClock.Still, NullLogger<Planner>.Instance, null, secrets);
        foreach (var (path, reference, kind) in Systems.SelectMany(s => s.Secrets(Full)).ToList())
            foreach (var other in Enum.GetValues<SecretKind>())
            {
                secrets.Put(SecretReference.NameIn(reference)!, other, "x");
                // The value itself is another matter: only faults about kinds count here.
                var faults = Systems.SelectMany(s => s.Secrets(Full)).Select(s => secrets.Misused(s.Path, s.Reference, s.Kind)).OfType<Problem>().ToList();
                Assert.Equal(other == kind ? [] : new[] { path }, faults.Select(f => f.Path));
                secrets.Delete(SecretReference.NameIn(reference)!);
            }
        secrets.Put("s5", SecretKind.WireguardKey, "x");
        var root = new Caller("uid 0", Scope.Admin, true, null, default);
        Assert.Equal("lxc.containers.100.properties.files[0].secret", planner.RefusalOf(root, new(), new() { Lxc = Full.Lxc })!.Target);
        // What was so before waits; it keeps nobody from changing something else.
        Assert.Null(planner.RefusalOf(root, new() { Lxc = Full.Lxc }, new() { Lxc = Full.Lxc }));
    }

    static IEnumerable<string> Texts(JsonNode node) => node switch
    {
        JsonObject o => o.SelectMany(p => p.Value is null ? [] : Texts(p.Value)),
        JsonArray a => a.SelectMany(v => v is null ? [] : Texts(v)),
        JsonValue v when v.TryGetValue<string>(out var text) => [text],
        _ => [],
    };
}
