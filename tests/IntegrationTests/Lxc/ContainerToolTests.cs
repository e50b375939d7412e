using MeshMcp.Contracts.Nodes;
using MeshMcp.TestServers;
using Xunit;

namespace MeshMcp.IntegrationTests.Lxc;

/// <summary>As an assistant does it: over MCP, down to packets.</summary>
public sealed class ContainerToolTests(ContainerLab lab) : IClassFixture<ContainerLab>
{
    [Fact]
    public async Task An_assistant_creates_enters_stops_and_deletes_a_container()
    {
        await using var server = await ToolServer.StartAsync((ContainerLab.Node, new NodeEndpoint.Local(lab.Socket)));

        var made = await Call("create_container", ("template", ContainerLab.Template), ("name", "web"),
            ("services", new[] { new { name = "http", port = 80, command = new[] { "httpd", "-f", "-p", "80", "-h", "/www" } } }), ("files", new[] { new { path = "/www/index.html", content = "hello" } }));
        Assert.Contains("create container 100 from template small", made, StringComparison.Ordinal);
        Assert.DoesNotContain("add_flow", made, StringComparison.Ordinal);
        await lab.PingsAsync("100", "10.1.0.1");
        Assert.StartsWith("exit code 0", await Call("container_exec", ("id", "web"), ("command", new[] { "wget", "-qO-", "http://10.1.0.100/" })), StringComparison.Ordinal);
        Assert.Contains("100 web: running, 10.1.0.100/24 on veth100, http tcp/80", await Call("list_containers"), StringComparison.Ordinal);
        Assert.Contains("restart container 100", await Call("set_container_state", ("id", "100"), ("state", "restarted")), StringComparison.Ordinal);
        await lab.PingsAsync("100", "10.1.0.1");
        Assert.Contains("stop container 100", await Call("set_container_state", ("id", "100"), ("state", "stopped")), StringComparison.Ordinal);
        Assert.Contains("delete container 100", await Call("delete_container", ("id", "web")), StringComparison.Ordinal);
        Assert.Contains("in the trash: 100 web", await Call("list_containers"), StringComparison.Ordinal);

        async Task<string> Call(string tool, params (string, object?)[] arguments) => (await server.CallAsync(tool, [("node", ContainerLab.Node), .. arguments])).Said();
    }

    [Fact]
    public async Task Where_no_flow_serves_the_new_container_the_answer_gives_the_calls_that_do()
    {
        await lab.ApplyAsync(new() { Edits = [new Contracts.Edits.DeleteFlow("priority=10,actions=normal")] });
        await using var server = await ToolServer.StartAsync((ContainerLab.Node, new NodeEndpoint.Local(lab.Socket)));

        var made = (await server.CallAsync("create_container", ("node", ContainerLab.Node), ("template", ContainerLab.Template), ("id", "150"))).Said();

        Assert.Contains("add_flow \"priority=120,ip,nw_dst=10.1.0.150,actions=output:veth150\"", made, StringComparison.Ordinal);
        foreach (var flow in made.Split('"').Where(p => p.StartsWith("priority=", StringComparison.Ordinal)))
            (await server.CallAsync("add_flow", ("node", ContainerLab.Node), ("flow", flow))).Said();
        await lab.PingsAsync("150", "10.1.0.150");
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
