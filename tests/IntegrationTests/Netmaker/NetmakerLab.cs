using System.Diagnostics;
using System.Text.Json;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.Lab;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.Netmaker;

/// <summary>
/// A bare lab of its tests' own, with a Netmaker server (the stand-in) on <c>vps</c>, which is its node too, and netclient's daemon on both nodes.
/// Tests let <c>oo1424oo</c>, behind its NAT router, join and take it out again.
/// </summary>
[CollectionDefinition(nameof(NetmakerLab))]
public sealed class NetmakerLab : IAsyncLifetime, ICollectionFixture<NetmakerLab>
{
    public const string Network = "privacy-mesh", ServerAddress = "10.101.0.1", Api = "203.0.113.10:8081", MasterKey = "the-lab's-master-key", Far = "oo1424oo", Vps = "vps";
    public static readonly TimeSpan Hangs = TimeSpan.FromSeconds(90);

    readonly List<Process> started = [];
    Process? server;

    public MeshLab Lab { get; } = new(LabPrefix.Next('n'), bare: true);

    public NodeClient Server { get; private set; } = null!;

    public NodeClient Client { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        if (!Environment.IsPrivilegedProcess) Assert.Skip("needs root to make namespaces");
        await Lab.UpAsync(port: 0, owner: Environment.ProcessId);
        (Server, Client) = (Of(Vps), Of(Far));
        var pki = $"{Lab.Site.Folder}/pki";
        await new Command(null, [Programs.Locate("meshctl"), "pki", "issue", pki, "--role", "node", "--name", "front", "--address", "203.0.113.10"]).TextAsync();
        foreach (var kind in new[] { "crt", "key" }) File.Copy($"{pki}/front.node.{kind}", Lab.FileIn(Vps, $"/etc/netmaker/front.{kind}"));
        await StartServerAsync();
        foreach (var node in new[] { Vps, Far }) started.Add(Start(node, "env", "SSL_CERT_FILE=/etc/meshmcp/ca.crt", "netclient", "daemon"));
        await Server.PutSecretAsync("netmaker-master-key", SecretKind.NetmakerMasterKey, MasterKey, default);
        await ApplyAsync(Server, $$"""
            {"bridge":{"name":"mesh","address":"10.1.0.1/24"},
             "netmaker":{"mode":"server","network":"{{Network}}","interface":"nm-server","bridge":"mesh","listen_port":51821,"api_endpoint":"https://{{Api}}"} }
            """);
        await ApplyAsync(Client, """{"bridge":{"name":"mesh","address":"10.0.0.1/24"}}""");
    }

    public async Task StartServerAsync()
    {
        server = Start(Vps, "env", "meshmcp-netmaker-standin", "server", "--listen", "0.0.0.0:8081", "--certificate", "/etc/netmaker/front.crt", "--key", "/etc/netmaker/front.key",
            "--master-key", MasterKey, "--http-host", Api, "--state", "/etc/netmaker/standin.json");
        await Eventually.True(async () => (await CurlAsync("/api/server/health")).Length > 0, Hangs, "the Netmaker server answers");
    }

    public async Task StopServerAsync()
    {
        server!.Kill();
        await server.WaitForExitAsync();
    }

    /// <summary>An answer of the server's API, asked with the master key.</summary>
    public Task<string> CurlAsync(string path, string? body = null, string method = "GET") => Lab.In(Vps,
        ["curl", "-s", "--fail", "--cacert", "/etc/meshmcp/ca.crt", "-H", $"Authorization: Bearer {MasterKey}", "-X", method, .. body is null ? [] : new[] { "-d", body }, $"https://{Api}{path}"]).TextAsync();

    public static NetmakerSection ClientSection(string server = $"https://{Api}") =>
        new() { Mode = NetmakerMode.Client, Network = Network, Interface = "nm-privacy", Bridge = "mesh", Server = server };

    /// <summary>The section comes into the state, whether or not there is a key for it.</summary>
    public Task WantAsync(string server = $"https://{Api}") => ApplyAsync(Client, new ChangeRequest { Edits = [new JoinNetmaker(ClientSection(server))] });

    public async Task<string> NewKeyAsync(int? uses = 1, DateTimeOffset? expires = null) =>
        (await Server.CreateEnrollmentKeyAsync(new($"k-{Guid.NewGuid():N}"[..20], Uses: expires is null ? uses : null, Expires: expires), default)).Token;

    /// <summary>As <c>meshctl netmaker join</c> does; a refusal and a failure are thrown.</summary>
    public async Task<ApplyEvent.Finished> JoinAsync(string key, int? confirmWithin = null)
    {
        var edit = await Client.PrepareJoinAsync(new(key, Network, "nm-privacy"), default);
        return await ApplyAsync(Client, new ChangeRequest { Edits = [edit], ConfirmWithin = confirmWithin });
    }

    public async Task<Generation> LeaveAsync(int? confirmWithin = null) =>
        (await ApplyAsync(Client, new ChangeRequest { Edits = [new LeaveNetmaker(Network)], ConfirmWithin = confirmWithin })).Generation!;

    /// <summary>Leaves for good, so that the next test finds a node that was never in. Nothing to do is fine.</summary>
    public async Task OutAsync()
    {
        if ((await Client.StatusAsync(default)).Pending is not null) await foreach (var _ in Client.RollbackAsync(new(), default)) ;
        if ((await Client.StateAsync("desired", default)).State.Netmaker is { Enabled: true })
        {
            var left = await LeaveAsync();
            if (left.Status == GenerationStatus.AwaitingConfirmation) await Client.ConfirmAsync(left.Number, new(), default);
        }
        await Eventually.True(async () => (await RunAsync(Far, "netclient", "list")).Contains("no such network", StringComparison.Ordinal), Hangs, "the membership is gone");
    }

    public static Task<ApplyEvent.Finished> ApplyAsync(NodeClient node, string document) =>
        ApplyAsync(node, new ChangeRequest { Declared = JsonDocument.Parse(document).RootElement });

    public static async Task<ApplyEvent.Finished> ApplyAsync(NodeClient node, ChangeRequest request)
    {
        ApplyEvent? last = null;
        await foreach (var what in node.ApplyAsync(request, default)) last = what;
        var end = Assert.IsType<ApplyEvent.Finished>(last);
        return end.Error is { } error ? throw new MeshException(error) : end;
    }

    /// <summary>By <c>env</c>, which looks for our programs on the place's own path.</summary>
    public Task<string> RunAsync(string place, params IReadOnlyList<string> words) => Lab.In(place, ["env", .. words]).TextAsync();

    public async Task<bool> PingsAsync(string place, string address) => (await Lab.In(place, "ping", "-c", "1", "-W", "1", address).RunAsync()).ExitCode == 0;

    public Task ReachesAsync(string place, string address, TimeSpan? within = null) => Eventually.True(() => PingsAsync(place, address), within ?? Hangs, $"{place} reaches {address}");

    public async Task<bool> HasDeviceAsync(string device) => (await Lab.In(Far, "ip", "link", "show", device).RunAsync()).ExitCode == 0;

    public async Task<Finding?> FindingAsync(string path) => (await Client.StatusAsync(default)).Findings.FirstOrDefault(f => f.Path == path);

    public async ValueTask DisposeAsync()
    {
        Server?.Dispose();
        Client?.Dispose();
        await Lab.DownAsync();
        foreach (var process in started) process.Dispose();
        server?.Dispose();
    }

    NodeClient Of(string node) => new(node, NodeTransport.Create(new NodeEndpoint.Local(Lab.FileIn(node, "/run/meshmcp/hostbridge.sock"))));

    /// <summary>It ends with the lab at the latest.</summary>
    Process Start(string place, params IReadOnlyList<string> words)
    {
        var process = Lab.In(place, words).Start();
        process.StandardInput.Close();
        // Nobody reads these; a full pipe would stop the program.
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }
}
