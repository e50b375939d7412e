using MeshMcp.Contracts.Nodes;
using MeshMcp.TestServers;
using Xunit;

namespace MeshMcp.IntegrationTests.Lxc;

/// <summary>As an assistant does it: over MCP, down to packets.</summary>
[Collection(ContainerLabs.Name)]
public sealed class ContainerToolTests(ContainerLab lab)
{
    [Fact]
    public async Task An_assistant_creates_enters_stops_and_deletes_a_container()
    {
        await lab.DeclareAsync();
        await using var server = await ToolServer.StartAsync((ContainerLab.Node, new NodeEndpoint.Local(lab.Socket)));

        var made = await Call("create_container", ("template", ContainerLab.Template), ("id", "155"), ("name", "shop"),
            ("services", new[] { new { name = "http", port = 80, command = new[] { "httpd", "-f", "-p", "80", "-h", "/www" } } }), ("files", new[] { new { path = "/www/index.html", content = "hello" } }));
        Assert.True(made.Contains("create container 155 from template small", StringComparison.Ordinal), made);
        Assert.DoesNotContain("add_flow", made, StringComparison.Ordinal);
        await lab.PingsAsync("155", "10.1.0.1");
        Assert.StartsWith("exit code 0", await Call("container_exec", ("id", "shop"), ("command", new[] { "wget", "-qO-", "http://10.1.0.155/" })), StringComparison.Ordinal);
        Assert.Contains("155 shop: running, 10.1.0.155/24 on veth155, http tcp/80", await Call("list_containers"), StringComparison.Ordinal);
        Assert.Contains("restart container 155", await Call("set_container_state", ("id", "155"), ("state", "restarted")), StringComparison.Ordinal);
        await lab.PingsAsync("155", "10.1.0.1");
        Assert.Contains("stop container 155", await Call("set_container_state", ("id", "155"), ("state", "stopped")), StringComparison.Ordinal);
        Assert.Contains("delete container 155", await Call("delete_container", ("id", "shop")), StringComparison.Ordinal);
        Assert.Contains("in the trash: 155 shop", await Call("list_containers"), StringComparison.Ordinal);

        async Task<string> Call(string tool, params (string, object?)[] arguments) => (await server.CallAsync(tool, [("node", ContainerLab.Node), .. arguments])).Said();
    }

    [Fact]
    public async Task Where_no_flow_serves_the_new_container_the_answer_gives_the_calls_that_do()
    {
        await lab.ApplyAsync(new() { Edits = [new Contracts.Edits.DeleteFlow("priority=10,actions=normal")] });
        await using var server = await ToolServer.StartAsync((ContainerLab.Node, new NodeEndpoint.Local(lab.Socket)));

        var made = (await server.CallAsync("create_container", ("node", ContainerLab.Node), ("template", ContainerLab.Template), ("id", "150"))).Said();

        Assert.Contains("add_flow \"priority=120,ip,nw_dst=10.1.0.150,actions=output:veth150\"", made, StringComparison.Ordinal);
        Assert.NotEqual(0, (await lab.Client.ExecAsync("150", new(["ping", "-c", "1", "-W", "1", "10.1.0.1"]), TestContext.Current.CancellationToken)).ExitCode);
        string[] flows = [.. made.Split('"').Where(p => p.StartsWith("priority=", StringComparison.Ordinal)).Distinct()];
        foreach (var flow in flows)
            (await server.CallAsync("add_flow", ("node", ContainerLab.Node), ("flow", flow))).Said();
        await lab.PingsAsync("150", "10.1.0.1");
        await lab.ApplyAsync(new() { Edits = [new Contracts.Edits.AddFlow("priority=10,actions=normal"), .. flows.Select(f => new Contracts.Edits.DeleteFlow(f)), new Contracts.Edits.DeleteContainer("150")] });
    }

    [Theory]
    [InlineData("template", "smal", "perhaps")]
    [InlineData("address", "10.9.0.5/24", "is not in the bridge's network 10.1.0.0/24")]
    [InlineData("address", "10.1.0.1/24", "is the bridge's own address")]
    [InlineData("veth", "averylongdevicename", "1 to 15 letters")]
    [InlineData("id", "60000", "a number from 1 to 59999")]
    public async Task A_wrong_argument_is_answered_with_what_would_be_right_and_leaves_nothing(string argument, string value, string said)
    {
        await using var server = await ToolServer.StartAsync((ContainerLab.Node, new NodeEndpoint.Local(lab.Socket)));
        var before = await lab.FoldersAsync();
        var arguments = new Dictionary<string, object?> { ["node"] = ContainerLab.Node, ["template"] = ContainerLab.Template, [argument] = value };

        var refused = (await server.CallAsync("create_container", arguments.Select(a => (a.Key, a.Value)))).Refusal();

        Assert.Contains(said == "perhaps" ? ContainerLab.Template : said, refused, StringComparison.Ordinal);
        Assert.Equal(before, await lab.FoldersAsync());
    }
}
