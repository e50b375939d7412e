using MeshMcp.Cli.Commands;
using MeshMcp.Contracts.Errors;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.Xray;

/// <summary>The wire and the command line of the section, on a real agent whose container is not there yet.</summary>
public sealed class XrayWireTests : IAsyncLifetime
{
    const string State = """
        { "xray": { "server": { "container": "59202", "program": "v2ray", "host": "203.0.113.10", "vless": { "port": 443 }, "vmess": { "port": 8443 }, "exit": "10.0.0.102:10086",
          "users": [ { "name": "alice" } ] } } }
        """;

    PrivateNode _node = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _node = await PrivateNode.StartAsync();

    public ValueTask DisposeAsync() => _node?.DisposeAsync() ?? default;

    [Fact]
    public async Task Users_come_and_go_over_the_wire_and_their_ids_are_in_no_log()
    {
        Assert.Null((await _node.ApplyAsync(State)).Error);

        var added = await _node.Client.AddXrayUserAsync(new("bob") { Why = "a test" }, Ct);
        var link = added.Links[0].Link;
        var id = link["vless://".Length..link.IndexOf('@')];
        Assert.Equal($"vless://{id}@203.0.113.10:443?type=tcp&encryption=none&security=none#bob%40testnode", link);
        Assert.True(Guid.TryParse(id, out _));
        Assert.Equal(link, (await _node.Client.XrayLinksAsync("bob", Ct)).Links[0].Link);
        Assert.Contains(added.Findings, f => f.Path == "xray.server.vless.security");

        var status = await _node.Client.XrayAsync(Ct);
        Assert.Equal((false, false), (status.Server!.Configured, status.Server.Running));
        Assert.Equal(["alice", "bob"], status.Users.Select(u => u.Name));
        Assert.Contains(status.Findings, f => f is { Kind: "waiting", Path: "xray.server.container" });
        Assert.Contains(status.Findings, f => f is { Kind: "waiting", Path: "xray.server.users.alice" });
        Assert.Contains("does not run in container 59202", status.Server.NoTraffic);

        Assert.Equal("bob", (await _node.Client.RemoveXrayUserAsync("bob", Ct)).Name);
        Assert.Equal(["alice"], (await _node.Client.XrayAsync(Ct)).Users.Select(u => u.Name));
        Assert.All(Directory.EnumerateFiles(_node.State, "*", SearchOption.AllDirectories).Where(f => !f.Contains("/secrets/", StringComparison.Ordinal) && Path.GetFileName(f) != "lock"),
            f => Assert.DoesNotContain(id, File.ReadAllText(f), StringComparison.Ordinal));
        Assert.Contains(await _node.Client.AuditAsync(new(20), Ct), a => a.Action == "GET /v1/xray/users/bob/links");
    }

    [Fact]
    public async Task Unknown_and_double_users_and_a_missing_server_are_refused()
    {
        Assert.Equal(ErrorKind.NotFound, (await Assert.ThrowsAsync<MeshException>(() => _node.Client.AddXrayUserAsync(new("bob"), Ct))).Error.Kind);
        await _node.ApplyAsync(State);

        Assert.Equal(ErrorKind.Conflict, (await Assert.ThrowsAsync<MeshException>(() => _node.Client.AddXrayUserAsync(new("alice"), Ct))).Error.Kind);
        Assert.Equal(ErrorKind.InvalidArgument, (await Assert.ThrowsAsync<MeshException>(() => _node.Client.AddXrayUserAsync(new("Bob!"), Ct))).Error.Kind);
        var unknown = (await Assert.ThrowsAsync<MeshException>(() => _node.Client.RemoveXrayUserAsync("alise", Ct))).Error;
        Assert.Equal((ErrorKind.NotFound, "alice"), (unknown.Kind, unknown.Problems![0].Nearest![0]));
        Assert.Equal(ErrorKind.NotFound, (await Assert.ThrowsAsync<MeshException>(() => _node.Client.XrayLinksAsync("alise", Ct))).Error.Kind);
        Assert.Equal(ErrorKind.Conflict, (await Assert.ThrowsAsync<MeshException>(() => _node.Client.XrayLinksAsync("alice", Ct))).Error.Kind);
        var reality = (await Assert.ThrowsAsync<MeshException>(() => _node.ApplyAsync(State.Replace("\"port\": 443", "\"port\": 443, \"security\": \"reality\"", StringComparison.Ordinal)))).Error;
        Assert.Contains(reality.Problems!, p => p.Message.Contains("v2ray does not know REALITY", StringComparison.Ordinal));
    }

    [Fact]
    public async Task People_use_it_by_meshctl()
    {
        await _node.ApplyAsync(State);

        var added = await RunAsync("xray", "add-user", "carol", "--qr");
        var status = await RunAsync("xray", "status");
        var links = await RunAsync("xray", "links", "carol");
        var removed = await RunAsync("xray", "remove-user", "carol");

        Assert.Contains("carol may connect", added);
        Assert.Contains("█", added);
        Assert.StartsWith("vless://", links, StringComparison.Ordinal);
        Assert.Contains(links.Split('\n')[1], added, StringComparison.Ordinal);
        Assert.Contains("server: v2ray", status);
        Assert.Contains("carol", status);
        Assert.Contains("confirmed", removed);
        Assert.Equal(["alice"], (await _node.Client.XrayAsync(Ct)).Users.Select(u => u.Name));
    }

    async Task<string> RunAsync(params string[] words)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        Assert.True(await Meshctl.RunAsync([.. words, "--socket", _node.Socket], output, error, Ct) == 0, error.ToString());
        return output.ToString();
    }
}
