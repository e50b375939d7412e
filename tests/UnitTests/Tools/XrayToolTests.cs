using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.TestServers;
using ModelContextProtocol.Protocol;
using Xunit;

namespace MeshMcp.UnitTests.Tools;

public sealed class XrayToolTests
{
    const string Link = "vless://11111111-1111-4111-8111-111111111111@203.0.113.10:443?type=tcp&encryption=none&security=none#alice%40vps";

    [Fact]
    public async Task A_new_users_links_come_as_text_and_as_QR_images_where_they_are_to_be_revealed()
    {
        await using var vps = await ScriptedNode.StartAsync();
        vps.Says("POST /v1/xray/users", new AddedXrayUser("alice", 7, [new("vless", Link), new("vmess", "vmess://e30=")], [new("warning", "xray.server.vless.security", "not encrypted")]), MeshJson.Default.AddedXrayUser);
        await using var server = await ToolServer.WithAsync(["xray"], ("vps", vps.Endpoint));

        var result = await server.CallAsync("xray_add_user", ("node", "vps"), ("name", "alice"), ("why", "new phone"), ("reveal", true));

        Assert.StartsWith("changed: true. alice may connect to vps, generation 7.", result.Said(), StringComparison.Ordinal);
        Assert.Contains($"\n{Link}\nvmess://e30=\nwarning: ", result.Said());
        var images = result.Content.OfType<ImageContentBlock>().ToArray();
        Assert.Equal(2, images.Length);
        Assert.All(images, i => Assert.Equal(("image/png", "PNG"), (i.MimeType, System.Text.Encoding.ASCII.GetString(i.DecodedData.Span[1..4]))));
        Assert.Equal(Link, result.StructuredContent!.Value.GetProperty("links")[0].GetProperty("link").GetString());
        Assert.Equal("""{"name":"alice","why":"new phone"}""", vps.Seen[0].Body);
    }

    [Fact]
    public async Task The_status_tells_parts_users_traffic_and_what_is_missing()
    {
        await using var vps = await ScriptedNode.StartAsync();
        vps.Says("GET /v1/xray", new XrayStatus
        {
            Server = new("202", XrayProgram.V2ray, "4.34.0", true, true, [new("vless", 443, XraySecurity.Tls, 10, 20)], "10.0.0.102:10086"),
            Exit = new("102", XrayProgram.Xray, null, false, false, [new("vless", 10086, XraySecurity.None, null, null)]) { NoTraffic = "xray does not run in container 102." },
            Users = [new("alice", true, 5, 6), new("bob", false, 0, 0)],
            Findings = [new("waiting", "xray.server.users.bob", "no secret")],
        }, MeshJson.Default.XrayStatus);
        await using var server = await ToolServer.WithAsync(["xray"], ("vps", vps.Endpoint));

        var said = (await server.CallAsync("xray_status", ("node", "vps"), ("limit", 1))).Said();

        Assert.Equal("""
            1 of 2 users
            server: v2ray 4.34.0 in container 202, configured, running, vless on 443 (tls), to exit 10.0.0.102:10086
            exit: xray (not installed) in container 102, NOT configured, NOT running, vless on 10086 (none)
            alice: may connect, 5 bytes up, 6 down
            no counters: xray does not run in container 102.
            waiting: xray.server.users.bob: no secret
            """, said, ignoreLineEndingDifferences: true);
    }

    [Fact]
    public async Task A_removed_user_is_an_edit_and_an_unknown_one_is_refused_with_the_nearest()
    {
        await using var vps = await ScriptedNode.StartAsync();
        vps.Refuses("POST /v1/apply", 404, new(ErrorKind.NotFound, "There is no Xray user alise.", "name", Problems: [new("name", "No such user.", Nearest: ["alice"])]));
        await using var server = await ToolServer.WithAsync(["xray"], ("vps", vps.Endpoint));

        var refusal = (await server.CallAsync("xray_remove_user", ("node", "vps"), ("name", "alise"))).Refusal();

        Assert.Contains("did you mean alice?", refusal);
        Assert.Contains("""{"edit":"removeXrayUser","name":"alise"}""", vps.Seen[0].Body);
    }
}
