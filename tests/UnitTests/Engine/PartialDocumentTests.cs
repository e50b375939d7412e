using System.Text.Json;
using System.Text.Json.Nodes;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Store;
using Xunit;

namespace MeshMcp.UnitTests.Engine;

/// <summary>Documents that leave sections out, and documents that answer edits, for every kind of edit there is.</summary>
public sealed class PartialDocumentTests
{
    /// <summary>One of each kind, of an item that the node's document has.</summary>
    static readonly Dictionary<string, Func<NodeState, Edit>> OfEachKind = new()
    {
        ["putPort"] = _ => new PutPort(new() { Name = "spare300", Type = PortType.Internal, Ofport = 777 }),
        ["removePort"] = _ => new RemovePort("spare300"),
        ["createContainer"] = s => new CreateContainer(Of(s, "100") with { Properties = Of(s, "100").Properties with { Name = "other" } }),
        ["updateContainer"] = s => new UpdateContainer("100", new() { Address = "10.0.0.7/24" }, Of(s, "100") with { Properties = Of(s, "100").Properties with { Ipv4Address = "10.0.0.7/24" } }),
        ["setContainerRunning"] = _ => new SetContainerRunning("100", false),
        ["deleteContainer"] = _ => new DeleteContainer("100"),
        ["joinNetmaker"] = s => new JoinNetmaker(s.Netmaker! with { Network = "other" }),
        ["leaveNetmaker"] = _ => new LeaveNetmaker("privacy-mesh"),
        ["addFlow"] = _ => new AddFlow("priority=120,ip,nw_dst=10.0.0.0/24,actions=drop", "mesh"),
        ["deleteFlow"] = _ => new DeleteFlow("priority=90,ip,in_port=veth100,actions=output:warp0", "mesh"),
        ["installPackage"] = _ => new InstallPackage("nano", Latest: true),
        ["removePackage"] = _ => new RemovePackage("nano"),
        ["releasePackage"] = _ => new ReleasePackage("nano"),
        ["setUnit"] = _ => new SetUnit("nginx.service", ActiveState: "inactive"),
        ["releaseUnit"] = _ => new ReleaseUnit("nginx.service"),
        ["publishPort"] = _ => new PublishPort(new() { Port = 80, Container = "102" }),
        ["unpublishPort"] = _ => new UnpublishPort("tcp", 80),
        ["addVpnClient"] = _ => new AddVpnClient(SectionNode.Client("anna", 9)),
        ["removeVpnClient"] = _ => new RemoveVpnClient("anna"),
        ["setTunnel"] = _ => new SetTunnel("warp0", false),
        ["addXrayUser"] = _ => new AddXrayUser(new() { Name = "anna", Id = "secret:other" }),
        ["removeXrayUser"] = _ => new RemoveXrayUser("anna"),
    };

    public static TheoryData<string> Kinds => [.. MeshJson.Default.Edit.PolymorphismOptions!.DerivedTypes.Select(d => (string)d.TypeDiscriminator!)];

    public static TheoryData<string> Sections => [.. NodeState.Sections];

    [Theory, MemberData(nameof(Kinds))]
    public async Task Whatever_is_edited_a_document_without_that_section_leaves_everything_as_it_is(string kind)
    {
        using var node = await SectionNode.StartAsync();
        var edit = EditOf(kind, node);
        Assert.Null((await node.ApplyAsync(edit)).Error);
        var host = node.Host;
        Assert.NotEqual(await HostBeforeAsync(), host);

        var without = SectionNode.Document();
        without.Remove(edit.Section);
        foreach (var document in new JsonNode[] { new JsonObject(), JsonNode.Parse("""{ "modes": { "bridge": "observe" } }""")!, JsonNode.Parse("""{ "modes": { "openflow": "enforce" } }""")!, without, new JsonObject() })
        {
            var plan = await node.PlanAsync(document);
            Assert.True(plan.Steps.Count == 0, $"{document}: {string.Join(", ", plan.Steps.Select(s => s.Summary))}");
            Assert.Contains(plan.Findings, f => f.Kind == "unmanaged" && f.Path == edit.Section);
            Assert.Null((await node.ApplyAsync(document)).Error);
            Assert.Null(await node.Engine.HealAsync());
            Assert.Equal(host, node.Host);
        }
        Assert.DoesNotContain(node.Edits.List(10).Edits, e => e.Status == EditStatus.Absorbed);

        // It was left alone, not forgotten: a document with everything takes it up again, and says the edited item otherwise.
        Assert.Null((await node.ApplyAsync(SectionNode.Document())).Error);
        Assert.Equal(await HostBeforeAsync(), node.Host);
    }

    [Theory, MemberData(nameof(Kinds))]
    public async Task Whatever_is_edited_a_document_that_names_the_item_and_is_applied_later_counts_and_says_so(string kind)
    {
        using var node = await SectionNode.StartAsync();
        var host = node.Host;
        var edit = EditOf(kind, node);
        await node.ApplyAsync(edit);
        await node.ApplyAsync(new AddFlow("priority=7,udp,actions=drop", "mesh"));

        var plan = await node.PlanAsync(SectionNode.Document());
        Assert.NotEmpty(plan.Steps);
        Assert.Contains(plan.Findings, f => f.Kind == "overruled" && f.Path == edit.Item && f.Message.Contains("edit 1 by uid 0 of 20", StringComparison.Ordinal));
        Assert.Equal(1, (await node.ApplyAsync(SectionNode.Document())).Generation!.Settled);

        Assert.Equal(host.Append("openflow.bridges.mesh.flows[table=0,priority=7,udp] \"priority=7,udp,actions=drop\"").Order(StringComparer.Ordinal), node.Host.Order(StringComparer.Ordinal));
        var edits = node.Edits.List(10).Edits;
        Assert.Equal((EditStatus.InEffect, EditStatus.Absorbed, "a document that was applied later says otherwise"), (edits[0].Status, edits[1].Status, edits[1].Reason));
    }

    [Theory, MemberData(nameof(Kinds))]
    public async Task Whatever_is_edited_the_declared_file_is_no_answer_to_it_and_the_plan_says_whose_edit_stays(string kind)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, SectionNode.Document().ToJsonString());
            using var node = await SectionNode.StartAsync(new DeclaredFile(file));
            var edit = EditOf(kind, node);
            await node.ApplyAsync(edit);
            var host = node.Host;

            var plan = await node.PlanAsync(SectionNode.Document());
            Assert.Empty(plan.Steps);
            Assert.False((await node.ApplyAsync(SectionNode.Document())).Changed);
            Assert.Equal(host, node.Host);
            Assert.Contains(plan.Findings, f => f.Kind == "kept" && f.Path == edit.Item && f.Message.StartsWith("Edit 1 by uid 0 of 20", StringComparison.Ordinal) && f.Message.Contains("the declared file is no answer", StringComparison.Ordinal));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public async Task Whatever_is_edited_going_back_undoes_it(string kind)
    {
        using var node = await SectionNode.StartAsync();
        var host = node.Host;
        await node.ApplyAsync(EditOf(kind, node));
        Assert.NotEqual(host, node.Host);
        Assert.Null((await ModelNode.End(node.Engine.Rollback(new() { To = 1 }, ModelNode.Root))).Error);
        Assert.Equal(host, node.Host);
    }

    [Theory, MemberData(nameof(Sections))]
    public async Task A_document_without_one_section_changes_nothing_of_it_and_nothing_that_follows_from_others(string section)
    {
        using var node = await SectionNode.StartAsync();
        var host = node.Host;
        var document = SectionNode.Document();
        document.Remove(section);

        var plan = await node.PlanAsync(document);

        Assert.Empty(plan.Steps.Select(s => s.Summary));
        Assert.Contains(plan.Findings, f => f.Kind == "unmanaged" && f.Path == section);
        Assert.Null((await node.ApplyAsync(document)).Error);
        Assert.Null(await node.Engine.HealAsync());
        Assert.Equal(host, node.Host);
        Assert.Equal(DriftMode.Unmanaged, node.Engine.Desired.ModeOf(section));
        Assert.DoesNotContain(section, StateSections.Of(node.Engine.Declared));
    }

    [Fact]
    public async Task Without_the_section_uplink_what_was_closed_stays_closed_also_for_containers_that_come_with_the_document()
    {
        using var node = await SectionNode.StartAsync();
        var document = SectionNode.Document();
        document.Remove("uplink");
        document["lxc"]!["containers"]!.AsArray().Add(JsonNode.Parse("""{ "id": "103", "veth": "veth103", "properties": { "ipv4_address": "10.0.0.103/24", "services": [ { "name": "web", "port": 8443 } ] } }"""));

        Assert.Null((await node.ApplyAsync(document)).Error);

        Assert.Contains(node.Host, h => h.StartsWith("lxc.containers[103] ", StringComparison.Ordinal));
        Assert.Contains(node.Host, h => h.StartsWith("bridge.ports[veth103] ", StringComparison.Ordinal));
        Assert.Equal(["uplink.publish[tcp/80]"], node.Host.Where(h => h.StartsWith("uplink.publish", StringComparison.Ordinal)).Select(h => h.Split(' ')[0]));
        Assert.Contains("uplink.masquerade ", node.Host);
    }

    [Fact]
    public async Task What_other_sections_stand_on_is_still_put_right_and_what_nobody_looks_after_is_not()
    {
        using var node = await SectionNode.StartAsync();
        var whole = node.Systems.ToDictionary(s => s.Name, s => s.Host.Count);
        await node.ApplyAsync(new JsonObject { ["lxc"] = SectionNode.Document()["lxc"]!.DeepClone() });
        foreach (var system in node.Systems) system.Host.Remove(system.Host.Keys.First());

        await node.Engine.HealAsync();

        Assert.Equal(["bridge", "lxc", "uplink"], node.Systems.Where(s => s.Host.Count == whole[s.Name]).Select(s => s.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task An_edit_takes_a_section_up_again_with_all_that_it_said_and_the_same_document_does_not_drop_it()
    {
        using var node = await SectionNode.StartAsync();
        var host = node.Host;
        await node.ApplyAsync(new JsonObject());
        var end = await node.ApplyAsync(new AddFlow("priority=7,udp,actions=drop", "mesh"));

        Assert.Equal(["openflow"], end.Generation!.Steps.Select(s => s.System));
        Assert.Empty(host.Except(node.Host));
        Assert.Equal(DriftMode.Enforce, node.Engine.Desired.ModeOf("openflow"));
        Assert.False((await node.ApplyAsync(new JsonObject())).Changed);
        Assert.Equal(DriftMode.Enforce, node.Engine.Desired.ModeOf("openflow"));
        Assert.Equal(DriftMode.Unmanaged, node.Engine.Desired.ModeOf("wireguard"));
    }

    [Fact]
    public async Task What_edits_alone_made_stays_theirs_under_documents_that_never_had_the_section()
    {
        using var node = new ModelNode();
        await node.Apply(new ChangeRequest { Declared = JsonDocument.Parse("""{ "bridge": { "address": "10.1.0.1/24" } }""").RootElement });
        await node.Apply(ModelNode.Add("20"));
        await node.Apply(new ChangeRequest { Declared = JsonDocument.Parse("{}").RootElement });
        node.System.Host.Clear();
        await node.Engine.HealAsync();
        Assert.Equal("20", node.Ports());
    }

    [Fact]
    public async Task The_export_of_a_node_with_unmanaged_sections_says_so_and_applying_it_plans_nothing()
    {
        using var node = await SectionNode.StartAsync();
        await node.ApplyAsync(new AddFlow("priority=7,udp,actions=drop", "mesh"));
        await node.ApplyAsync(new JsonObject());
        var export = JsonSerializer.SerializeToNode(node.Engine.Desired, MeshJson.Default.NodeState)!;

        Assert.Equal("unmanaged", (string?)export["modes"]!["openflow"]);
        Assert.Empty((await node.PlanAsync(export)).Steps);
        await node.ApplyAsync(export);
        Assert.True(JsonNode.DeepEquals(export, JsonSerializer.SerializeToNode(node.Engine.Desired, MeshJson.Default.NodeState)));
    }

    [Fact]
    public async Task Going_back_to_before_a_section_was_left_out_looks_after_it_again()
    {
        using var node = await SectionNode.StartAsync();
        await node.ApplyAsync(new JsonObject());
        node.Systems.Single(s => s.Name == "openflow").Host.Clear();
        await ModelNode.End(node.Engine.Rollback(new() { To = 1 }, ModelNode.Root));
        Assert.NotEmpty(node.Systems.Single(s => s.Name == "openflow").Host);
        Assert.Null(node.Engine.Desired.Modes);
    }

    [Fact]
    public async Task A_document_that_only_settles_edits_says_how_many_and_the_node_is_looked_at_once()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10"));
        await node.Apply(ModelNode.Add("20"));
        await node.Apply(ModelNode.Add("30"));
        var looks = 0;
        node.System.IsBlind = () => ++looks < 0;

        var end = await node.Apply(ModelNode.Declare("10 20 30"));

        Assert.False(end.Changed);
        Assert.Equal((2, GenerationStatus.Confirmed, 0), (end.Generation!.Settled, end.Generation.Status, end.Generation.Steps.Count));
        Assert.Equal(1, looks);
        Assert.All(new EditViews(node.Engine, node.Store).List(10).Edits, e => Assert.Equal(EditStatus.Absorbed, e.Status));
        Assert.Null((await node.Apply(ModelNode.Declare("10 20 30"))).Generation);
    }

    [Fact]
    public async Task What_a_document_leaves_open_of_an_item_stays_as_an_edit_made_it()
    {
        using var node = await SectionNode.StartAsync();
        await node.ApplyAsync(new SetContainerRunning("100", false));
        var document = SectionNode.Document();
        document["lxc"]!["containers"]![0]!.AsObject().Remove("running");

        var plan = await node.PlanAsync(document);

        Assert.Empty(plan.Steps);
        Assert.DoesNotContain(plan.Findings, f => f.Kind == "overruled");
    }

    static Edit EditOf(string kind, SectionNode node) =>
        OfEachKind.TryGetValue(kind, out var edit) ? edit(node.Engine.Desired) : throw new InvalidOperationException($"No edit of the new kind {kind} is tried under partial documents: add one to {nameof(OfEachKind)}.");

    static async Task<IReadOnlyList<string>> HostBeforeAsync()
    {
        using var node = await SectionNode.StartAsync();
        return node.Host;
    }

    static Container Of(NodeState state, string id) => state.Lxc!.Containers.Single(c => c.Id == id);
}
