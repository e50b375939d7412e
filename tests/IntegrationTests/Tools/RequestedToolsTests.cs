using System.Text.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.IntegrationTests.Joining;
using MeshMcp.TestKit;
using MeshMcp.TestServers;
using MeshMcp.Tools;
using Xunit;

namespace MeshMcp.IntegrationTests.Tools;

/// <summary>What is asked of a node by tools of the toolsets on request, of a real agent.</summary>
public sealed class RequestedToolsTests
{
    const string State = """{"bridge":{"address":"10.1.0.1/24","datapath":"netdev","ports":[{"name":"veth200"}]},"openflow":{"bridges":{"mesh":{"flows":["priority=0,actions=drop"]}}}}""";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_node_tells_what_is_wrong_what_happened_who_did_it_and_what_differs()
    {
        await using var node = await PrivateNode.StartAsync("veth200");
        await using var server = await ToolServer.WithAsync(MeshTools.ToolsetNames, ("testnode", new NodeEndpoint.Local(node.Socket)));
        await Said("apply_state", ("state", State));
        await Said("add_flow", ("flow", "priority=5,udp,actions=drop"), ("why", "a test"));
        await Said("add_flow", ("flow", "priority=6,udp,actions=drop"));

        Assert.Matches("^testnode: [0-9]+ broken, [0-9]+ warnings?, [1-9][0-9]* fine", await Said("check_node"));
        var ports = await Said("list_ports");
        Assert.Matches("^testnode: 0 published, [0-9]+ listening", ports);
        Assert.DoesNotContain("What listens is not known", ports, StringComparison.Ordinal);
        Assert.Matches("(?s)^2 events of testnode, newest first\nMore with cursor [0-9]+\\.\n[0-9]+ .* apply \\(generation 3\\): finished: Confirmed\n", await Said("list_events", ("limit", 2)));
        Assert.Matches("^Entries of testnode, newest first: 2\n.*add_flow: apply: .*generation 3.*\n.*a test", await Said("search_audit", ("action", "add_flow")));
        Assert.Matches("^1 item differs from generation 1 to generation 2 of testnode\n\\+ openflow.bridges.mesh.flows.*priority=5", await Said("diff_states", ("from", 1), ("to", 2)));
        Assert.Matches("priority=6", await Said("diff_states", ("from", "declared"), ("to", "desired")));
        var newest = await server.CallAsync("list_edits", ("node", "testnode"), ("limit", 1));
        Assert.Matches("^1 of 2 edits of testnode, newest first\nMore with cursor 2\\.\n2 inEffect .*priority=6", newest.Said());
        Assert.Matches("^1 of 2 edits of testnode, newest first\n1 inEffect .*priority=5.*why: a test", await Said("list_edits", ("cursor", 2)));
        Assert.Equal("testnode would take this document: it has no faults.", (await Said("validate_state", ("state", State))).Split('\n')[0]);
        Assert.Matches("^testnode would not take this document: 1 fault\\.\nbridge\\.address: ", await Said("validate_state", ("state", """{"bridge":{"address":"10.1.0"}}""")));
        Assert.StartsWith("0 of 0 secrets on testnode", await Said("list_secrets"), StringComparison.Ordinal);
        Assert.StartsWith("0 of 0 templates on testnode", await Said("list_templates"), StringComparison.Ordinal);

        async Task<string> Said(string tool, params (string, object?)[] arguments) => (await server.CallAsync(tool, [("node", "testnode"), .. arguments])).Said();
    }

    [Fact]
    public async Task An_invitation_behind_a_link_lets_its_machine_in_and_was_in_no_answer()
    {
        await using var mesh = await JoiningMesh.StartAsync();
        await using var server = await ToolServer.WithAsync(["setup"], ("testnode", new NodeEndpoint.Local(mesh.Node.Socket)));

        var invited = await server.CallAsync("invite_node", ("node", "testnode"), ("name", "edge1"), ("url", mesh.Url));
        var link = new Uri(invited.StructuredContent!.Value.GetProperty("handover").GetProperty("link").GetString()!);
        var opened = await mesh.Node.Client.OpenHandoverAsync(link.Fragment.Split('.')[1], HandedKind.Invitation, Ct);
        var word = Assert.Single(opened.Texts).Text;

        Assert.DoesNotContain(word, JsonSerializer.Serialize(invited.StructuredContent) + invited.Said(), StringComparison.Ordinal);
        Assert.Equal("invitation of edge1", opened.What);
        Assert.Equal(0, (await mesh.JoinAsync(word, "127.0.0.1")).Code);
        Assert.Contains("edge1", (await mesh.Node.Client.JoinedNodesAsync(Ct)).Nodes.Select(n => n.Name));
    }
}
