using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.TestServers;
using ModelContextProtocol.Protocol;
using Xunit;

namespace MeshMcp.UnitTests.Tools;

public sealed class TunnelToolTests
{
    const string Configuration = "[Interface]\nPrivateKey = k\nAddress = 10.8.0.2/32\n";

    static readonly WireguardStatus Status = new(
    [
        new("warp0", "warp", "up") { Address = "172.16.0.2/32", ListenPort = 40000, Mtu = 1280, Peers = [new("warpkey", "up") { AllowedIps = ["0.0.0.0/0"], Endpoint = "203.0.113.1:2408", Received = 92, Sent = 180 }] },
        new("wg0", "vpn", "up, 0 of 1 clients connected") { Address = "10.8.0.1/24", ListenPort = 51820, Mtu = 1420, Peers = [new("annakey", "never connected") { Name = "anna", AllowedIps = ["10.8.0.2/32"] }] },
    ]);

    [Fact]
    public async Task The_status_has_a_verdict_for_each_tunnel_and_client()
    {
        await using var vps = await ScriptedNode.StartAsync();
        vps.Says("GET /v1/wireguard", Status, MeshJson.Default.WireguardStatus);
        await using var server = await ToolServer.StartAsync(("vps", vps.Endpoint));

        var all = (await server.CallAsync("wg_status", ("node", "vps"))).Said();
        var one = await server.CallAsync("wg_status", ("node", "vps"), ("interface", "wg0"));

        Assert.Contains("warp0 (warp): up; 172.16.0.2/32, UDP 40000, MTU 1280", all);
        Assert.Contains("  anna: never connected; 10.8.0.2/32, 0 B in, 0 B out", all);
        Assert.DoesNotContain("warp0", one.Said());
        Assert.Contains("did you mean wg0", (await server.CallAsync("wg_status", ("node", "vps"), ("interface", "wg1"))).Refusal());
    }

    [Fact]
    public async Task A_new_client_gets_its_configuration_as_text_and_as_an_image_where_it_is_to_be_revealed()
    {
        await using var vps = await ScriptedNode.StartAsync();
        vps.Says("POST /v1/wireguard/clients", new VpnAccess("anna", "10.8.0.2", "annakey", null, Configuration, ["Put the address in."], Changes.Generation(4, GenerationStatus.Confirmed)), MeshJson.Default.VpnAccess);
        await using var server = await ToolServer.StartAsync(("vps", vps.Endpoint));

        var result = await server.CallAsync("wg_add_client", ("node", "vps"), ("name", "anna"), ("expires", "30d"), ("reveal", true));

        Assert.Contains("anna may connect to vps as 10.8.0.2", result.Said());
        Assert.Contains(Configuration, result.Said());
        Assert.Equal(Configuration, result.StructuredContent!.Value.GetProperty("configuration").GetString());
        var image = Assert.Single(result.Content.OfType<ImageContentBlock>());
        Assert.Equal("image/png", image.MimeType);
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], image.DecodedData[..4].ToArray());
        Assert.Contains("\"expires\":\"20", vps.Seen[0].Body);
    }

    [Fact]
    public async Task A_refusal_of_the_node_reaches_the_caller_with_what_to_do()
    {
        await using var vps = await ScriptedNode.StartAsync();
        vps.Refuses("POST /v1/wireguard/clients", 409, new(ErrorKind.Conflict, "The pool 10.8.0.0/29 is full.", "wireguard.vpn_server.ip_pool", "Remove clients that are not needed."));
        await using var server = await ToolServer.StartAsync(("vps", vps.Endpoint));

        var refusal = (await server.CallAsync("wg_add_client", ("node", "vps"), ("name", "anna"))).Refusal();

        Assert.Contains("The pool 10.8.0.0/29 is full.", refusal);
        Assert.Contains("Remove clients", refusal);
        Assert.Contains("is no time", (await server.CallAsync("wg_add_client", ("node", "vps"), ("name", "anna"), ("expires", "soon"))).Refusal());
    }
}
