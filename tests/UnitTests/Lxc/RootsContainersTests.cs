using System.Text.Json;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Systems.Lxc;
using MeshMcp.UnitTests.Engine;
using Xunit;

namespace MeshMcp.UnitTests.Lxc;

/// <summary>What runs in a container that holds a server's key, and what it sees, is for root on the node: by whatever way, and of whatever scope.</summary>
public sealed class RootsContainersTests
{
    static readonly Container Mcp = Of("200", new() { Name = "mcp", Port = 9573 });

    /// <summary>Everybody but root himself.</summary>
    public static readonly Dictionary<string, Caller> Others = new()
    {
        ["a server of scope admin"] = new("server/mcp", Scope.Admin, false, null, default) { Says = "operator" },
        ["a server that says it is root"] = new("server/mcp", Scope.Admin, false, null, default) { Says = "uid 0" },
        ["a local user of scope admin"] = new("uid 1000", Scope.Admin, true, null, default),
        ["root that speaks for an operator"] = new("uid 0", Scope.Operate, true, null, default) { Says = "alice" },
        ["root that may change few systems"] = new("uid 0", Scope.Admin, true, ["lxc", "openflow", "xray"], default),
    };

    /// <summary>Every property of a container but those that only say where it is in the network: one that is new is among them until somebody says otherwise.</summary>
    static readonly Dictionary<string, Func<ContainerProperties, ContainerProperties>> Changes = new()
    {
        ["template"] = p => p with { Template = "other" },
        ["services"] = p => p with { Services = [.. p.Services, new() { Name = "leak", Port = 1, Command = ["/bin/cat", "/etc/meshmcp/mcp/server.key"] }] },
        ["files"] = p => p with { Files = [new() { Path = "/etc/profile", Content = "x" }] },
        ["limits"] = p => p with { Limits = new() { Processes = 1 } },
        ["mounts"] = p => p with { Mounts = [new() { Source = "/srv", Target = "/srv" }] },
        ["id_map"] = p => p with { IdMap = 100000 },
        ["privileged"] = p => p with { Privileged = true },
    };

    static readonly string[] Free = ["name", "ipv4_address", "dns"];

    static readonly Dictionary<string, Func<ModelNode, NodeState, Caller, Task>> Ways = new()
    {
        ["an edit"] = (node, to, caller) => node.Apply(new() { Edits = [.. to.Lxc!.Containers.Select(c => new CreateContainer(c))] }, caller),
        ["a document"] = (node, to, caller) => node.Apply(new() { Declared = JsonSerializer.SerializeToElement(to, MeshJson.Default.NodeState) }, caller),
        ["a rollback"] = async (node, to, caller) =>
        {
            // It was so once, by root.
            await node.Apply(new() { Declared = JsonSerializer.SerializeToElement(to, MeshJson.Default.NodeState) });
            var then = node.Store.Generations.Confirmed!.Number;
            await node.Apply(new() { Declared = JsonSerializer.SerializeToElement(StateOf(Mcp), MeshJson.Default.NodeState) });
            await ModelNode.End(node.Engine.Rollback(new() { To = then }, caller));
        },
    };

    [Theory]
    [InlineData("0", null), InlineData("-1", null), InlineData("60000", null), InlineData("name", null)]
    [InlineData("1", 65536u), InlineData("59999", 59999u * 65536)]
    public void Where_the_state_names_none_a_containers_ids_follow_from_its_number_and_are_never_the_hosts_own(string id, uint? first) =>
        Assert.Equal(first, ContainerIds.FirstOf(new() { Id = id, Veth = "veth", Properties = new() }));

    public static TheoryData<string, string, string> All => [.. from way in Ways.Keys from change in Changes.Keys from who in Others.Keys select (way, change, who)];

    [Fact]
    public void Every_property_is_in_one_of_the_lists() =>
        Assert.Equal(MeshJson.Default.ContainerProperties.Properties.Select(p => p.Name).Order(), Changes.Keys.Concat(Free).Order());

    [Theory, MemberData(nameof(All))]
    public async Task Nobody_but_root_changes_it(string way, string change, string who)
    {
        using var node = await NodeAsync();
        var wanted = StateOf(Mcp with { Properties = Changes[change](Mcp.Properties) });

        var refusal = (await Assert.ThrowsAsync<MeshException>(() => Ways[way](node, wanted, Others[who]))).Error;

        Assert.Equal((ErrorKind.PermissionDenied, "lxc.containers.200"), (refusal.Kind, refusal.Target));
        Assert.Contains(change, refusal.Message);
        Assert.Equal(JsonSerializer.Serialize(Mcp, MeshJson.Default.Container), JsonSerializer.Serialize(node.Engine.Desired.Lxc!.Containers.Single(), MeshJson.Default.Container));
    }

    [Theory]
    [InlineData("an edit")]
    [InlineData("a document")]
    [InlineData("a rollback")]
    public async Task Root_does(string way)
    {
        using var node = await NodeAsync();
        await Ways[way](node, StateOf(Mcp with { Properties = Changes["files"](Mcp.Properties) }), ModelNode.Root);
        Assert.Single(node.Engine.Desired.Lxc!.Containers.Single().Properties.Files);
    }

    [Theory]
    [InlineData("mcp", 9573)]
    [InlineData("api", 9574)]
    [InlineData("other", 9573)]
    [InlineData("other", 9574)]
    [InlineData("mcp", 1)]
    [InlineData("api", 1)]
    public async Task Nobody_but_root_makes_one_or_makes_one_of_another_or_another_of_one(string service, int port)
    {
        var (serving, plain, admin) = (Of("201", new() { Name = service, Port = port }), Of("201", new() { Name = "web", Port = 80 }), Others["a server of scope admin"]);
        foreach (var (before, after) in new[] { (StateOf(Mcp), StateOf(Mcp, serving)), (StateOf(Mcp, plain), StateOf(Mcp, serving)), (StateOf(Mcp, serving), StateOf(Mcp, plain)) })
        {
            using var node = await NodeAsync(before);
            Assert.Equal(ErrorKind.PermissionDenied, (await Assert.ThrowsAsync<MeshException>(() => Ways["a document"](node, after, admin))).Error.Kind);
        }
    }

    [Fact]
    public async Task Its_place_in_the_network_and_other_containers_are_anybodys_who_may_change_containers()
    {
        using var node = await NodeAsync();
        var admin = Others["a server of scope admin"];
        await node.Apply(new() { Edits = [new CreateContainer(Of("300", new() { Name = "web", Port = 80 }))] }, admin);
        await node.Apply(new() { Edits = [new CreateContainer(Mcp with { Properties = Mcp.Properties with { Ipv4Address = "10.1.0.9/24", Dns = ["10.1.0.1"], Name = "n" } })] }, admin);
        await node.Apply(new() { Edits = [new SetContainerRunning("200", false)] }, admin);
        Assert.Equal(2, node.Engine.Desired.Lxc!.Containers.Count);
    }

    [Fact]
    public async Task What_would_be_refused_is_foretold_by_the_plan()
    {
        using var node = await NodeAsync();
        var wanted = JsonSerializer.SerializeToElement(StateOf(Mcp with { Properties = Mcp.Properties with { Template = "other" } }), MeshJson.Default.NodeState);

        foreach (var who in Others.Values)
            Assert.Contains((await node.Engine.PlanAsync(new() { Declared = wanted }, who, default)).Findings, f => f.Message.StartsWith("It would be refused: Container 200 gets other template", StringComparison.Ordinal));
        Assert.DoesNotContain((await node.Engine.PlanAsync(new() { Declared = wanted }, ModelNode.Root, default)).Findings, f => f.Message.Contains("refused", StringComparison.Ordinal));
    }

    [Fact]
    public void Nobody_but_root_enters_it()
    {
        Container[] roots = [Mcp, Of("200", new() { Name = "web", Port = 80 }) with { Properties = new() { Privileged = true } }, Of("200", new() { Name = "web", Port = 80 }) with { Properties = new() { IdMap = 0 } }];
        foreach (var container in roots)
        {
            Assert.All(Others.Values, who => Assert.Equal(ErrorKind.PermissionDenied, Assert.Throws<MeshException>(() => RootsContainers.RequireEntry(who, container)).Error.Kind));
            RootsContainers.RequireEntry(ModelNode.Root, container);
            // As it was made, or as it is to be.
            Assert.Throws<MeshException>(() => RootsContainers.RequireEntry(Others["a server of scope admin"], Of("200", new() { Name = "web", Port = 80 }), container));
        }
        RootsContainers.RequireEntry(Others["a server of scope admin"], Of("300", new() { Name = "web", Port = 80 }));
    }

    [Fact]
    public void Nor_gives_it_files_by_way_of_xray()
    {
        var before = StateOf(Mcp) with { Xray = new() };
        foreach (var xray in new XraySection[] { new() { Exit = new() { Container = "200" } }, new() { Server = new() { Container = "200", Exit = "10.0.0.1:1" } } })
            Assert.Equal("lxc.containers.200", Assert.Single(RootsContainers.Of(before, before with { Xray = xray })).Path);
        Assert.Empty(RootsContainers.Of(before, before with { Xray = new() { Exit = new() { Container = "202" } } }));
    }

    static Container Of(string id, ContainerService service) => new() { Id = id, Veth = $"veth{id}", Properties = new() { Services = [service] } };

    static NodeState StateOf(params IReadOnlyList<Container> containers) => new() { Lxc = new() { Containers = containers } };

    static async Task<ModelNode> NodeAsync(NodeState? state = null)
    {
        var node = new ModelNode { Before = [new Lxc()] };
        node.Boot("with containers");
        await node.Apply(new() { Declared = JsonSerializer.SerializeToElement(state ?? StateOf(Mcp), MeshJson.Default.NodeState) });
        return node;
    }

    /// <summary>Does nothing on a host: what is asked here is who may ask it for anything.</summary>
    sealed class Lxc : BlindableSystem
    {
        public override string Name => "lxc";
        public override bool Manages(NodeState state) => state.Lxc is not null;
        public override bool Differs(NodeState a, NodeState b) => !ReferenceEquals(a.Lxc, b.Lxc);
        public override IEnumerable<Problem> RootsOf(NodeState before, NodeState after) => RootsContainers.Of(before, after);
        public override Task<SystemPlan> PlanAsync(NodeState desired, CancellationToken ct) => Task.FromResult(new SystemPlan(s => s, [], []));
    }
}
