using System.Text.Json;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Store;
using Xunit;

namespace MeshMcp.UnitTests.Engine;

/// <summary>The pure fold: which edits a document absorbs, which do not fit it, which stay.</summary>
public sealed class SettlingTests
{
    static readonly Container Web = new() { Id = "300", Veth = "veth300", Properties = new() { Dns = ["1.1.1.1"] } };

    [Fact]
    public void An_edit_that_the_document_says_is_absorbed_and_all_others_stay()
    {
        var settled = Settle(Document(flows: ["priority=1,tcp,tp_dst=80,actions=drop"]), Add("tcp,priority=1,tp_dst=80,actions=drop"), Add("priority=2,udp,actions=drop"));
        Assert.Equal([1], settled.Absorbed.Select(a => a.Number));
        Assert.Equal(["priority=1,tcp,tp_dst=80,actions=drop", "priority=2,udp,actions=drop"], Flows(settled.State));
        Assert.Contains(settled.Findings, f => f is { Kind: "absorbed" } && f.Message.Contains("1 edit said"));
    }

    [Fact]
    public void Of_one_item_only_the_last_edit_counts_and_those_before_it_never_come_back()
    {
        var chain = Chain(Add("priority=1,ip,actions=drop"), Add("priority=1,ip,actions=normal"), Delete("priority=1,ip,actions=normal"));
        Assert.Equal([(1, 2), (2, 3)], chain.SupersededBy.Select(s => (s.Key, s.Value)).Order());
        Assert.Equal([3], chain.Counting.Select(e => e.Number));
        var settled = Settling.Of(Document(), chain, _ => []);
        Assert.Equal([1, 2, 3], settled.Absorbed.Select(a => a.Number).Order());
        Assert.Empty(Flows(settled.State));
    }

    [Fact]
    public void Replacing_a_container_supersedes_stopping_it_but_not_the_other_way_round()
    {
        Assert.Equal(new Dictionary<int, int> { [1] = 2 }, Chain(new SetContainerRunning("300", false), new CreateContainer(Web)).SupersededBy);
        Assert.Empty(Chain(new CreateContainer(Web), new SetContainerRunning("300", false)).SupersededBy);
        Assert.Equal([3, 3], Chain(new CreateContainer(Web), new SetContainerRunning("300", false), new DeleteContainer("300")).SupersededBy.Values);
    }

    static readonly VpnClient Anna = new() { Name = "anna", Address = "10.8.0.2", PublicKey = "old" };

    /// <summary>Edits of what must be there, with what makes it and whether it is as the edit wants it.</summary>
    static readonly Dictionary<string, (Edit Change, Edit Make, Func<NodeState, bool> There)> OfExisting = new()
    {
        ["updateContainer"] = (new UpdateContainer("300", new() { Dns = ["9.9.9.9"] }, Web with { Properties = new() { Dns = ["9.9.9.9"] } }), new CreateContainer(Web), s => s.Lxc?.Containers is [{ Id: "300", Properties.Dns: ["9.9.9.9"] }]),
        ["setContainerRunning"] = (new SetContainerRunning("300", false), new CreateContainer(Web), s => s.Lxc?.Containers is [{ Id: "300", Running: false }]),
        ["addVpnClient"] = (new AddVpnClient(Anna with { PublicKey = "new" }, Renew: true), new AddVpnClient(Anna), s => s.Wireguard?.VpnServer?.Clients is [{ Name: "anna", PublicKey: "new" }]),
    };

    /// <summary>Edits that make, take away, or say of what is no item of a list; an edit that is new is in one of both.</summary>
    static readonly string[] OfAnything =
    [
        "putPort", "removePort", "createContainer", "deleteContainer", "joinNetmaker", "leaveNetmaker", "addFlow", "deleteFlow", "installPackage", "removePackage", "releasePackage",
        "setUnit", "releaseUnit", "publishPort", "unpublishPort", "removeVpnClient", "setTunnel", "addXrayUser", "removeXrayUser",
    ];

    static readonly NodeState Nothing = new() { Lxc = new(), Wireguard = new() { VpnServer = new() { Interface = "wg0", ListenPort = 51820, IpPool = "10.8.0.0/24" } } };

    public static TheoryData<string> Changing => [.. OfExisting.Keys];

    [Fact]
    public void Every_edit_is_in_one_of_the_lists() =>
        Assert.Equal(MeshJson.Default.Edit.PolymorphismOptions!.DerivedTypes.Select(d => (string)d.TypeDiscriminator!).Order(), OfExisting.Keys.Concat(OfAnything).Order());

    [Theory, MemberData(nameof(Changing))]
    public void What_an_edit_only_changes_goes_with_the_document_and_is_changed_again_when_it_is_back(string kind)
    {
        var (change, make, there) = OfExisting[kind];
        var with = make.Apply(Nothing);
        Assert.True(there(Settle(with, change).State));

        var gone = Settle(Nothing, change);
        Assert.Empty(StateItems.Differences(Nothing, gone.State));
        Assert.Single(gone.Suspended);
        Assert.Contains(gone.Findings, f => f.Kind == "suspended" && f.Path == change.Item);
        Assert.True(there(Settling.Of(with, new([.. Chain(change).Lines, new(2, 1, default, "me", null, null, 2, gone.ToSettlement(Chain(change)))]), _ => []).State));
    }

    [Theory, MemberData(nameof(Changing))]
    public void What_an_edit_made_and_another_changed_stays_so_without_the_document(string kind)
    {
        var (change, make, there) = OfExisting[kind];
        Assert.Empty(Chain(make, change).SupersededBy);
        var settled = Settle(Nothing, make, change);
        Assert.True(there(settled.State));
        Assert.Empty(settled.Suspended);
        // Made anew, it is as it was made.
        Assert.False(there(Settle(Nothing, make, change, make).State));
    }

    [Fact]
    public void A_document_with_the_old_key_counts_over_the_new_one_and_says_so()
    {
        var renew = OfExisting["addVpnClient"].Change;
        var document = new AddVpnClient(Anna).Apply(Nothing);
        var settled = Settling.Of(document, Chain(renew), _ => [], StateItems.Said(JsonSerializer.SerializeToElement(document, MeshJson.Default.NodeState), document));
        Assert.Equal("old", Assert.Single(settled.State.Wireguard!.VpnServer!.Clients).PublicKey);
        Assert.Contains(settled.Findings, f => f.Kind == "overruled" && f.Message.Contains("give VPN client anna new keys", StringComparison.Ordinal));
    }

    [Fact]
    public void Removing_what_the_document_has_stays_an_edit_and_is_said_each_time()
    {
        var settled = Settle(Document(flows: ["priority=1,ip,actions=drop"]), Delete("priority=1,ip,actions=drop"));
        Assert.Empty(settled.Absorbed);
        Assert.Empty(Flows(settled.State));
        Assert.Contains(settled.Findings, f => f is { Kind: "kept", Path: "openflow.bridges.mesh.flows[table=0,priority=1,ip]" });
    }

    [Fact]
    public void What_has_nothing_to_act_on_is_suspended_with_the_reason_and_comes_back_when_it_fits()
    {
        var chain = Chain(new SetContainerRunning("300", false));
        var gone = Settling.Of(new NodeState { Lxc = new() }, chain, _ => []);
        Assert.Equal(new SuspendedEdit(1, "there is no container 300"), Assert.Single(gone.Suspended));
        Assert.Contains(gone.Findings, f => f is { Kind: "suspended", Path: "lxc.containers[300].running" });

        var later = new EditChain([.. chain.Lines, new(2, 1, default, "me", null, null, 2, gone.ToSettlement(chain))]);
        Assert.Empty(later.Folded);
        var back = Settling.Of(new NodeState { Lxc = new() { Containers = [Web] } }, later, _ => []);
        Assert.False(back.State.Lxc!.Containers[0].Running);
        Assert.Contains(back.Findings, f => f.Kind == "resumed");
        Assert.NotNull(back.ToSettlement(later));
    }

    [Fact]
    public void An_edit_that_makes_a_fault_is_suspended_with_the_fault_and_an_edit_can_bring_it_back()
    {
        var chain = Chain(Add("priority=1,ip,actions=output:veth300"), Add("priority=2,ip,actions=drop"));
        var settled = Settling.Of(Document(), chain, Unknown);
        Assert.Equal(new SuspendedEdit(1, "no port veth300"), Assert.Single(settled.Suspended));
        Assert.Equal(["priority=2,ip,actions=drop"], Flows(settled.State));

        var later = new EditChain([.. chain.Lines, new(3, 2, default, "me", null, null, 2, settled.ToSettlement(chain))]);
        var back = Settling.Resume(Document(), later, [new CreateContainer(Web)], Unknown);
        Assert.Equal(["priority=1,ip,actions=output:veth300", "priority=2,ip,actions=drop"], Flows(back.State));
        Assert.Empty(back.Suspended);
    }

    [Fact]
    public void What_one_edit_lacks_a_later_one_may_bring()
    {
        var settled = Settling.Of(Document(), Chain(Add("priority=1,ip,actions=output:veth300"), new CreateContainer(Web)), Unknown);
        Assert.Empty(settled.Suspended);
        Assert.Single(Flows(settled.State));
    }

    [Fact]
    public void A_document_that_holds_the_whole_fold_absorbs_every_edit()
    {
        Edit[] edits = [Add("priority=1,ip,actions=drop"), new CreateContainer(Web), new SetContainerRunning("300", false), new PutPort(new() { Name = "veth9" }), new PublishPort(new() { Port = 80, Container = "300" }), Delete("priority=9,arp,actions=normal")];
        var fold = DesiredStates.Fold(Document(flows: ["priority=9,arp,actions=normal"]), edits);
        var document = StateReader.Read(JsonSerializer.Serialize(fold, MeshJson.Default.NodeState));
        var settled = Settle(document, edits);
        Assert.Equal(6, settled.Absorbed.Count);
        Assert.Empty(StateItems.Differences(document, settled.State));
    }

    [Fact]
    public void Differences_name_each_item_once()
    {
        var to = DesiredStates.Fold(Document(flows: ["priority=1,ip,actions=drop"]), [Add("priority=1,ip,actions=normal"), new CreateContainer(Web)]);
        Assert.Equal([("lxc.containers[300]", false, true), ("openflow.bridges.mesh.flows[table=0,priority=1,ip]", true, true)],
            StateItems.Differences(Document(flows: ["priority=1,ip,actions=drop"]), to).Select(d => (d.Path, d.Before is not null, d.After is not null)));
    }

    [Fact]
    public void A_name_with_dots_is_one_name_and_no_other_item_lies_beneath_its_beginning()
    {
        Assert.Equal(["packagekit", "packagekit.packages", "packagekit.packages[python3.11]"], StateItems.AndAbove("packagekit.packages[python3.11]").Order(StringComparer.Ordinal));
        Assert.DoesNotContain("openflow.bridges.mesh.flows[table=0,reg0", StateItems.AndAbove("openflow.bridges.mesh.flows[table=0,reg0[0..3]=1]"));
        Assert.Equal(new Dictionary<int, int> { [1] = 3 }, Chain(new InstallPackage("python3.11"), new InstallPackage("python3"), new ReleasePackage("python3.11")).SupersededBy);
        Assert.Empty(Chain(new InstallPackage("python3.11"), new ReleasePackage("python3")).SupersededBy);
        Assert.Empty(Chain(new SetUnit("a.b.service", Enabled: true), new ReleaseUnit("a")).SupersededBy);
        Assert.Equal(["packagekit.packages[python3.11].ensure", "systemd.units[ssh.service].enabled"], StateItems.Of(DesiredStates.Fold(new(), [new InstallPackage("python3.11"), new SetUnit("ssh.service", Enabled: true)])).Keys);
    }

    static IReadOnlyList<Problem> Unknown(NodeState state) =>
        [.. Flows(state).Where(f => f.Contains("veth300") && state.Lxc?.Containers.Any(c => c.Id == "300") != true).Select(_ => new Problem("openflow", "no port veth300"))];

    static Settling Settle(NodeState document, params Edit[] edits) => Settling.Of(document, Chain(edits), _ => []);

    static EditChain Chain(params Edit[] edits) => new([.. edits.Select((e, i) => new EditEntry(i + 1, i, default, "me", null, e, 1))]);

    static NodeState Document(params string[] flows) => new() { Openflow = new() { Bridges = new Dictionary<string, BridgeFlows> { ["mesh"] = new() { Flows = flows } } } };

    static AddFlow Add(string flow) => new(flow, "mesh");

    static DeleteFlow Delete(string flow) => new(flow, "mesh");

    static IReadOnlyList<string> Flows(NodeState state) => FlowTable.Of(state, "mesh");
}
