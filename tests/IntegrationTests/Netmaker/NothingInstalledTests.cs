using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.Netmaker;

/// <summary>A node on which nothing of Netmaker is installed.</summary>
public sealed class NothingInstalledTests
{
    [Fact]
    public async Task Without_netclient_and_a_server_the_state_is_accepted_and_what_is_missing_is_said()
    {
        await using var node = await PrivateNode.StartAsync();

        await node.ApplyAsync("""{"netmaker":{"mode":"client","network":"privacy-mesh","interface":"nm-privacy","server":"https://203.0.113.10:8081"}}""");
        var waiting = Assert.Single((await node.Client.StatusAsync(default)).Findings, f => f.Path == "netmaker");
        Assert.Equal("waiting", waiting.Kind);
        Assert.Contains("install netclient", waiting.Message, StringComparison.Ordinal);
        Assert.Contains("install netclient", (await node.Client.NetmakerAsync(default)).Verdict, StringComparison.Ordinal);

        await node.ApplyAsync("""{"netmaker":{"mode":"server","network":"privacy-mesh","interface":"nm-server","listen_port":51821,"api_endpoint":"https://<vps-public-ip>:8081"}}""");
        Assert.Contains("placeholder", Assert.Single((await node.Client.StatusAsync(default)).Findings, f => f.Path == "netmaker.api_endpoint").Message, StringComparison.Ordinal);

        await node.ApplyAsync("""{"netmaker":{"mode":"server","network":"privacy-mesh","interface":"nm-server","listen_port":51821,"api_endpoint":"https://203.0.113.10:8081"}}""");
        Assert.Contains("netmaker-master-key is not on this node", Assert.Single((await node.Client.StatusAsync(default)).Findings, f => f.Path == "netmaker.master_key").Message, StringComparison.Ordinal);
    }
}
