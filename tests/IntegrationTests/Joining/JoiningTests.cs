using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using CliWrap;
using CliWrap.Buffered;
using MeshMcp.Contracts.Joining;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Audit;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Joining;
using MeshMcp.IntegrationTests.Relay;
using MeshMcp.IntegrationTests.Server;
using MeshMcp.Server.Relay;
using MeshMcp.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace MeshMcp.IntegrationTests.Joining;

/// <summary>A new node comes into the mesh: real agent, real server, real certificates.</summary>
public sealed class JoiningTests : IAsyncLifetime
{
    static readonly TimeSpan Hangs = TimeSpan.FromSeconds(30);

    JoiningMesh _mesh = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _mesh = await JoiningMesh.StartAsync();

    public ValueTask DisposeAsync() => _mesh.DisposeAsync();

    [Fact]
    public async Task A_machine_becomes_a_node_by_one_word_and_the_server_reaches_it_without_a_restart()
    {
        var address = $"127.0.0.1:{JoiningMesh.FreePort()}";
        var (code, word, note) = await _mesh.MeshctlAsync("node", "invite", "edge1", "--url", _mesh.Url, "--netmaker-key", "nm-key");
        Assert.Equal((0, true), (code, note.Contains("meshctl node join", StringComparison.Ordinal)));

        var joined = await _mesh.JoinAsync(word, address, "--scope", "admin");
        Assert.Equal((0, ""), (joined.Code, joined.Error));
        Assert.Contains("This machine is node edge1", joined.Output, StringComparison.Ordinal);
        Assert.Contains("meshmcp-server relay --config", joined.Output, StringComparison.Ordinal);

        await using var client = await _mesh.ConnectAsync();
        await Eventually.True(async () => (await client.CallToolAsync("list_nodes", cancellationToken: Ct)).Content.ToText().Contains("edge1: unreachable", StringComparison.Ordinal), Hangs, "the server knows the node", Ct);
        await using var host = await StandInHostBridge.StartAsync(_mesh.PathTo("edge1.sock"));
        await using var relay = RelayDoor.Open(RelayConfiguration.Read(_mesh.PathTo("etc/relay.json")) with { Socket = _mesh.PathTo("edge1.sock") }, RelayLimits.Default, TimeProvider.System, NullLogger.Instance);
        await Eventually.True(async () => (await client.CallToolAsync("list_nodes", cancellationToken: Ct)).Content.ToText().Contains("2 of 2 nodes answer", StringComparison.Ordinal), Hangs, "the node answers", Ct);
        Assert.Contains(host.Preambles, p => p.StartsWith("MESH/1 server mcp ", StringComparison.Ordinal));
        Assert.Contains($"edge1 {address}", (await _mesh.MeshctlAsync("node", "list")).Output, StringComparison.Ordinal);

        Assert.Equal(0, (await _mesh.MeshctlAsync("node", "forget", "edge1")).Code);
        await Eventually.True(async () => !(await client.CallToolAsync("list_nodes", cancellationToken: Ct)).Content.ToText().Contains("edge1", StringComparison.Ordinal), Hangs, "the server forgot the node", Ct);
    }

    [Fact]
    public async Task The_files_of_a_new_node_have_the_right_modes_and_say_who_may_call()
    {
        Assert.Equal(0, (await _mesh.JoinAsync(await InviteAsync("edge1", "nm-key"), "127.0.0.1")).Code);

        const UnixFileMode Secret = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(["ca.crt", "hostbridge.json", "node.crt", "node.key", "relay.json"], Directory.EnumerateFiles(_mesh.PathTo("etc")).Select(Path.GetFileName).Order());
        Assert.Equal(Secret, File.GetUnixFileMode(_mesh.PathTo("etc/node.key")));
        Assert.Equal(("nm-key", Secret), (await File.ReadAllTextAsync(_mesh.PathTo("state/secrets/netmaker-key"), Ct), File.GetUnixFileMode(_mesh.PathTo("state/secrets/netmaker-key"))));
        var bridge = JsonDocument.Parse(await File.ReadAllTextAsync(_mesh.PathTo("etc/hostbridge.json"), Ct)).RootElement;
        Assert.Equal(("edge1", "server/mcp", "operate", _mesh.Url), (bridge.GetProperty("node").GetString(), bridge.GetProperty("delegates")[0].GetProperty("certificate").GetString(),
            bridge.GetProperty("delegates")[0].GetProperty("scope").GetString(), bridge.GetProperty("identity").GetProperty("renewFrom").GetString()));
        Assert.Equal("127.0.0.1:9575", RelayConfiguration.Read(_mesh.PathTo("etc/relay.json")).Listen.Single().ToString());
        Assert.NotNull(BridgeConfiguration.Load(_mesh.PathTo("etc/hostbridge.json")).Identity);
    }

    [Fact]
    public async Task What_is_there_is_not_overwritten_and_does_not_cost_the_invitation()
    {
        var word = await _mesh.InviteAsync("edge1");
        Directory.CreateDirectory(_mesh.PathTo("etc"));
        await File.WriteAllTextAsync(_mesh.PathTo("etc/relay.json"), "{}", Ct);

        var refused = await _mesh.JoinAsync(word, "127.0.0.1");
        Assert.Equal(1, refused.Code);
        Assert.Contains("relay.json exists", refused.Error, StringComparison.Ordinal);
        Assert.Equal("{}", await File.ReadAllTextAsync(_mesh.PathTo("etc/relay.json"), Ct));

        Assert.Equal(0, (await _mesh.JoinAsync(word, "127.0.0.1", "--force")).Code);
        var again = await _mesh.JoinAsync(word, "127.0.0.1", "--force");
        Assert.Equal(1, again.Code);
        Assert.Contains("unknown, used, expired", again.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0.0.0.0:9575")]
    [InlineData("edge1.example:9575")]
    [InlineData("127.0.0.1:0")]
    [InlineData("nowhere")]
    public async Task An_address_where_no_relay_can_be_reached_is_refused_before_anything_is_sent(string address)
    {
        var word = await _mesh.InviteAsync("edge1");
        Assert.Equal(1, (await _mesh.JoinAsync(word, address)).Code);
        Assert.False(File.Exists(_mesh.PathTo("etc/node.key")));
        Assert.Equal(0, (await _mesh.JoinAsync(word, "127.0.0.1")).Code);
    }

    [Fact]
    public async Task Another_mesh_at_the_address_gets_nothing()
    {
        await using var other = await JoiningMesh.StartAsync();
        var word = Invitation.Parse(await _mesh.InviteAsync("edge1"));

        var refused = await _mesh.JoinAsync((word with { Url = other.Url }).ToText(), "127.0.0.1");

        Assert.Equal(1, refused.Code);
        Assert.Contains("fingerprint differs", refused.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await _mesh.JoinAsync(word.ToText(), "127.0.0.1")).Code);
    }

    [Fact]
    public async Task A_server_that_shows_our_authority_but_is_not_certified_by_it_gets_nothing()
    {
        var impostor = new AuthorityFolder(_mesh.PathTo("impostor"), TimeProvider.System);
        impostor.Create("mesh");
        impostor.Issue(MeshRole.Server, "mcp", ["127.0.0.1"]);
        await using var other = await JoiningMesh.StartAsync(s => s with { Certificate = impostor.FilesOf(MeshRole.Server, "mcp") });
        var word = Invitation.Parse(await other.InviteAsync("edge1"));

        var refused = await other.JoinAsync(word.ToText(), "127.0.0.1");

        Assert.Equal(1, refused.Code);
        Assert.Contains("is not trusted", refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(await other.Node.Client.AuditAsync(new(100), Ct), a => a.Action.Contains("enroll", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_node_may_not_pose_as_the_server()
    {
        _mesh.Authority.Issue(MeshRole.Node, "edge9", ["127.0.0.1"]);
        await using var other = await JoiningMesh.StartAsync(s => s with { Certificate = _mesh.Authority.FilesOf(MeshRole.Node, "edge9") });
        var client = new EnrollmentClient(other.Url, TimeProvider.System);

        var refused = await Assert.ThrowsAsync<Contracts.Errors.MeshException>(() =>
            client.EnrollAsync(File.ReadAllText(_mesh.Authority.Authority.Certificate), new("edge1", SigningRequest.Create("edge1").CsrPem, "secret"), Ct));

        Assert.Contains("the role here must be 'server'", refused.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_audit_tells_who_joined_and_holds_no_secret()
    {
        var word = Invitation.Parse(await InviteAsync("edge1", "nm-key"));
        Assert.Equal(0, (await _mesh.JoinAsync(word.ToText(), "127.0.0.1")).Code);

        var audit = await _mesh.Node.Client.AuditAsync(new(100), Ct);
        var enrolled = Assert.Single(audit, a => a.Action == "POST /v1/enroll");
        Assert.Equal(("uid 0", "127.0.0.1"), (enrolled.Caller, enrolled.Says));
        Assert.Contains("edge1", enrolled.Parameters, StringComparison.Ordinal);
        Assert.All(audit, a => Assert.False(a.Parameters.Contains(word.Secret, StringComparison.Ordinal) || a.Parameters.Contains("nm-key", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_agent_warns_of_a_certificate_past_two_thirds_of_its_life()
    {
        var (identity, _) = Aged("testnode", null);
        await using var node = await PrivateNode.StartAsync(new Dictionary<string, object> { ["identity"] = new { ca = identity.Ca, certificate = identity.Certificate, key = identity.Key } });

        Assert.Contains((await node.Client.StatusAsync(Ct)).Findings, f => f.Path == "identity" && f.Message.Contains("past two thirds", StringComparison.Ordinal) && f.Message.Contains("meshctl node renew", StringComparison.Ordinal));
        var refused = await Assert.ThrowsAsync<Contracts.Errors.MeshException>(() => node.Client.RenewAsync(new(), Ct));
        Assert.Contains("identity.renewFrom", refused.Error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Past_two_thirds_of_its_life_a_certificate_is_renewed_by_itself_and_its_key_stays_the_relays()
    {
        const uint RelayUser = 9575;
        var (identity, files) = Aged("edge2", _mesh.Url);
        await RunAsync("chown", $"{RelayUser}:{RelayUser}", files.Key);
        var old = await File.ReadAllTextAsync(files.Key, Ct);
        var configuration = new BridgeConfiguration { Node = "edge2", RelayUid = RelayUser, Identity = identity };
        using var renewal = new Renewal(configuration, TimeProvider.System);
        using var audit = new AuditLog(Directory.CreateDirectory(_mesh.PathTo("edge2")).FullName, "edge2", TimeProvider.System);
        using var timer = new RenewalTimer(configuration, renewal, NoServers(configuration, audit), new(_mesh.PathTo("edge2-revoked.json")), new NodeEvents(TimeProvider.System), TimeProvider.System, NullLogger<RenewalTimer>.Instance);

        await timer.StartAsync(Ct);
        await Eventually.True(() => !new CertificateFindings(configuration, TimeProvider.System).Findings().Any(), Hangs, "the certificate is renewed", Ct);
        await timer.StopAsync(Ct);

        Assert.NotEqual(old, await File.ReadAllTextAsync(files.Key, Ct));
        Assert.IsType<PeerVerification.Accepted>(MeshCredentials.Read(identity.Ca, files).Verify(MeshRole.Node, TimeProvider.System.GetUtcNow().AddDays(29)));
        Assert.Equal(RelayUser.ToString(CultureInfo.InvariantCulture), (await RunAsync("stat", "-c", "%u", files.Key)).Trim());
    }

    [Fact]
    public async Task The_node_with_the_authority_renews_its_servers_by_itself_and_says_what_it_cannot()
    {
        // As those of Aged: past two thirds of its life when it is issued.
        _mesh.Authority.Issue(MeshRole.Server, "api", ["127.0.0.1"], TimeSpan.FromMinutes(2));
        var files = _mesh.Authority.FilesOf(MeshRole.Server, "api");
        var (old, authority, missing) = (await File.ReadAllTextAsync(files.Certificate, Ct), _mesh.Authority.Authority, _mesh.PathTo("none/server.crt"));
        await using var node = await PrivateNode.StartAsync(new Dictionary<string, object> { ["authority"] = new { certificate = authority.Certificate, key = authority.Key, renews = new[] { missing, files.Certificate } } });

        await Eventually.True(async () => await File.ReadAllTextAsync(files.Certificate, Ct) != old, Hangs, "the server's certificate is renewed", Ct);

        Assert.IsType<PeerVerification.Accepted>(MeshCredentials.Read(authority.Certificate, files).Verify(MeshRole.Server, TimeProvider.System.GetUtcNow()));
        await Eventually.True(async () => (await node.Client.AuditAsync(new(10), Ct)).Any(e => e.Caller == "meshmcp-hostbridge" && e.Action == ServerRenewal.Action && e.Outcome.Contains("mesh://server/api", StringComparison.Ordinal)), Hangs, "it is in the audit", Ct);
        Assert.Contains((await node.Client.StatusAsync(Ct)).Findings, f => f.Path == "authority.renews[0]" && f.Message.Contains($"{missing} does not exist", StringComparison.Ordinal));
        Assert.Contains((await node.Client.CheckupAsync(Ct)).Checks, c => (c.Layer, c.What) == ("relay", "authority.renews[0]"));
    }

    [Fact]
    public async Task A_stolen_key_is_revoked_by_one_command_and_every_node_knows_within_a_minute()
    {
        var (identity, files) = Aged("edge2", _mesh.Url);
        _mesh.Authority.Issue(MeshRole.Server, "stolen", []);
        using var stolen = System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificateFromFile(_mesh.Authority.FilesOf(MeshRole.Server, "stolen").Certificate);
        Assert.True(MeshIdentity.TryRead(stolen, out var thief));
        var configuration = new BridgeConfiguration { Node = "edge2", Identity = identity };
        var revocations = new Revocations(_mesh.PathTo("edge2-revoked.json"));
        using var renewal = new Renewal(configuration, TimeProvider.System);
        using var audit = new AuditLog(Directory.CreateDirectory(_mesh.PathTo("edge2")).FullName, "edge2", TimeProvider.System);
        using var timer = new RenewalTimer(configuration, renewal, NoServers(configuration, audit), revocations, new NodeEvents(TimeProvider.System), TimeProvider.System, NullLogger<RenewalTimer>.Instance);
        await timer.StartAsync(Ct);

        // One that is issued in the second of the revocation is the new one.
        await Eventually.True(() => TimeProvider.System.GetUtcNow() >= thief.Issued + TimeSpan.FromSeconds(1), Hangs, "it is a second old", Ct);

        var (code, output, error) = await _mesh.MeshctlAsync("pki", "revoke", "stolen");

        Assert.Equal((0, ""), (code, error));
        Assert.Contains("revoked stolen", output);
        Assert.NotNull((await _mesh.Node.Client.RevocationsAsync(Ct)).Since(thief));
        await Eventually.True(() => revocations.Since(thief) is not null, TimeSpan.FromMinutes(1), "the other node knows", Ct);
        await timer.StopAsync(Ct);
        Assert.Contains(await _mesh.Node.Client.AuditAsync(new(10), Ct), e => e.Action == "POST /v1/revocations" && e.Parameters.Contains("stolen", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Enroll_needs_no_token_and_the_rest_still_does()
    {
        using var http = _mesh.Http();

        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/enroll", Ct)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.PostAsync("/mcp", null, Ct)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("/enroll/more", Ct)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await http.PostAsync("/enroll", Json("{"), Ct)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await http.PostAsync("/enroll", Json("""{ "node": "edge1", "csr": "x", "more": 1 }"""), Ct)).StatusCode);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await http.PostAsync("/enroll", Json($$"""{ "node": "{{new string('x', 20_000)}}" }"""), Ct)).StatusCode);
        using var wrong = await http.PostAsync("/enroll", Json("""{ "node": "edge1", "csr": "x", "secret": "guessed" }"""), Ct);
        Assert.Equal(HttpStatusCode.Forbidden, wrong.StatusCode);
    }

    [Fact]
    public async Task Who_guesses_is_slowed_down()
    {
        using var http = _mesh.Http();
        List<HttpStatusCode> answers = [];
        for (var i = 0; i < 15; i++)
        {
            using var answer = await http.PostAsync("/enroll", Json("""{ "node": "edge1", "csr": "x", "secret": "guessed" }"""), Ct);
            answers.Add(answer.StatusCode);
        }

        Assert.Equal(HttpStatusCode.Forbidden, answers[0]);
        Assert.Equal(HttpStatusCode.TooManyRequests, answers[^1]);
    }

    [Fact]
    public async Task The_agent_itself_counts_guesses_instead_of_writing_each_down_and_still_takes_a_valid_invitation()
    {
        for (var i = 0; i < 15; i++)
            await Assert.ThrowsAsync<Contracts.Errors.MeshException>(() => _mesh.Node.Client.EnrollAsync(new("edge1", "x", "guessed"), Ct));
        // The first that was wrong, and the first that was not even looked at.
        Assert.Equal(2, (await _mesh.Node.Client.AuditAsync(new(100), Ct)).Count(a => a is { Action: "POST /v1/enroll", Refused: true }));

        var word = Invitation.Parse(await _mesh.InviteAsync("edge1"));
        var signing = SigningRequest.Create("edge1");
        var enrolled = await _mesh.Node.Client.EnrollAsync(new("edge1", signing.CsrPem, word.Secret), Ct);
        using var certificate = X509Certificate2.CreateFromPem(enrolled.Certificate, signing.KeyPem);
        Assert.True(MeshIdentity.TryRead(certificate, out _));
    }

    async Task<string> InviteAsync(string name, string netmaker) => (await _mesh.Node.Client.InviteAsync(new(name, Url: _mesh.Url, NetmakerKey: netmaker), Ct)).Text;

    static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    ServerRenewal NoServers(BridgeConfiguration configuration, AuditLog audit) =>
        new(configuration, new(_mesh.PathTo("edge2-none.json")), audit, new NodeEvents(TimeProvider.System), TimeProvider.System, NullLogger<ServerRenewal>.Instance);

    /// <summary>Certificates begin five minutes before they are issued, so five of this one's seven minutes are over.</summary>
    (IdentityFiles Identity, CertificateFiles Files) Aged(string node, string? renewFrom)
    {
        _mesh.Authority.Issue(MeshRole.Node, node, [], TimeSpan.FromMinutes(2));
        var files = _mesh.Authority.FilesOf(MeshRole.Node, node);
        return (new(_mesh.Authority.Authority.Certificate, files.Certificate, files.Key, renewFrom), files);
    }

    static async Task<string> RunAsync(string program, params string[] arguments) =>
        (await CliWrap.Cli.Wrap(program).WithArguments(arguments).WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(Ct)).StandardOutput;
}
