using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using CliWrap;
using MeshMcp.Bench.Scenarios;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Files;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.TestKit;

namespace MeshMcp.Bench.Programs;

/// <summary>One node of one version's programs: the host bridge on a private Open vSwitch, relay and server on a loopback address of their own.</summary>
sealed class RunningNode(ProgramSet set, PrivateOvs ovs) : IAsyncDisposable
{
    const uint RelayUser = 9575;
    const string Address = "127.95.73.1", RelayAddress = $"{Address}:9575", ServerUrl = $"http://{Address}:9573";
    const int Calls = 400;
    const string ListNodes = """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_nodes","arguments":{},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}""";

    static readonly TimeSpan Hangs = TimeSpan.FromSeconds(60), Pause = TimeSpan.FromMilliseconds(2), Idle = TimeSpan.FromSeconds(5);

    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("meshmcp-bench-");
    readonly CancellationTokenSource end = new();
    readonly List<Task> running = [];
    readonly List<Reading> readings = [];
    Daemon? hostBridge;
    string said = "";

    public async Task<IReadOnlyList<Reading>> MeasureAsync(CancellationToken ct)
    {
        using var authority = CertificateAuthority.Create("mesh", TimeSpan.FromDays(1), TimeProvider.System);
        await File.WriteAllTextAsync(At("ca.crt"), authority.CertificatePem, ct);
        // The relay's user must reach the socket, and what it is given.
        folder.UnixFileMode |= UnixFileMode.OtherExecute;
        var (node, server) = (Issue(authority, MeshRole.Node, "bench"), Issue(authority, MeshRole.Server, "mcp"));
        Write("hostbridge.json", new { node = "bench", socket = At("hostbridge.sock"), state = At("state"), relayUid = RelayUser, socketGid = RelayUser, delegates = new[] { new { certificate = "server/mcp", scope = "admin" } } });
        Write("relay.json", new { listen = new[] { RelayAddress }, ca = At("ca.crt"), certificate = node.Certificate, key = node.Key, socket = At("hostbridge.sock") });
        Write("server.json", new { listen = $"{Address}:9573", identity = new { ca = At("ca.crt"), certificate = server.Certificate, key = server.Key }, nodes = new { bench = new { address = RelayAddress } } });

        using var near = new NodeClient("bench", NodeTransport.Create(new NodeEndpoint.Local(At("hostbridge.sock"))));
        using var far = new NodeClient("bench", NodeTransport.Create(new NodeEndpoint.Relay("bench", RelayAddress, new(At("ca.crt"), server))));
        using var http = new HttpClient();
        await MeasureAsync("host bridge", StartHostBridge, () => near.StatusAsync(ct), () => near.StatusAsync(ct), ct);
        await MeasureAsync("relay", () => Start("setpriv", "--reuid", $"{RelayUser}", "--regid", $"{RelayUser}", "--clear-groups", set.Server, "relay", "--config", At("relay.json")), () => far.StatusAsync(ct), () => far.StatusAsync(ct), ct);
        await MeasureAsync("server", () => Start(set.Server, "mcp", "--config", At("server.json")), () => HealthAsync(http, ct), () => ListNodesAsync(http, ct), ct);
        return readings;
    }

    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await ovs.DisposeAsync();
        hostBridge?.Dispose();
        folder.Delete(recursive: true);
        end.Dispose();
    }

    async Task MeasureAsync(string program, Func<int> start, Func<Task> first, Func<Task> call, CancellationToken ct)
    {
        var clock = Stopwatch.StartNew();
        var pid = start();
        for (var answered = false; !answered; await Task.Delay(Pause, ct))
            try
            {
                await first();
                readings.Add(new($"{program}, start to first answer", clock.Elapsed.TotalSeconds, "s"));
                answered = true;
            }
            catch (Exception e) when (!ct.IsCancellationRequested)
            {
                if (clock.Elapsed > Hangs) throw new MeshException(ErrorKind.Timeout, $"{program} of {set.Name} does not answer: {e.Message} {said}", program);
            }
        await Task.Delay(Idle, ct);
        readings.Add(new($"{program}, resident idle", Resident(hostBridge is not null && pid == 0 ? hostBridge.Pid!.Value : pid), "MiB"));
        for (var i = 0; i < Calls; i++) await call();
        readings.Add(new($"{program}, resident after {Calls} calls", Resident(hostBridge is not null && pid == 0 ? hostBridge.Pid!.Value : pid), "MiB"));
    }

    int StartHostBridge()
    {
        hostBridge = ovs.Namespace.Start(set.HostBridge, ["--config", At("hostbridge.json")], new Dictionary<string, string> { ["OVS_RUNDIR"] = ovs.Folder, ["DBUS_SYSTEM_BUS_ADDRESS"] = $"unix:path={ovs.Folder}/no-bus" });
        return 0;
    }

    int Start(string program, params string[] arguments)
    {
        var started = Cli.Wrap(program).WithArguments(arguments).WithStandardErrorPipe(PipeTarget.ToDelegate(line => said = $"{said} {line}"[^Math.Min(600, said.Length + line.Length + 1)..])).ExecuteAsync(end.Token);
        running.Add(started);
        return started.ProcessId;
    }

    CertificateFiles Issue(CertificateAuthority authority, MeshRole role, string name)
    {
        var issued = authority.Issue(role, name, [Address], TimeSpan.FromHours(1));
        var files = new CertificateFiles(At($"{name}.crt"), At($"{name}.key"));
        AtomicFile.Write(files.Certificate, Encoding.ASCII.GetBytes(issued.CertificatePem), AtomicFile.Public);
        AtomicFile.Write(files.Key, Encoding.ASCII.GetBytes(issued.KeyPem), role == MeshRole.Node ? new FileRights(AtomicFile.Secret, RelayUser, RelayUser) : new(AtomicFile.Secret));
        return files;
    }

    string At(string name) => Path.Combine(folder.FullName, name);

    void Write(string name, object content) => File.WriteAllText(At(name), JsonSerializer.Serialize(content));

    static async Task HealthAsync(HttpClient http, CancellationToken ct)
    {
        using var answer = await http.GetAsync(new Uri($"{ServerUrl}/healthz"), ct);
        answer.EnsureSuccessStatusCode();
    }

    static async Task ListNodesAsync(HttpClient http, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{ServerUrl}/mcp") { Content = new StringContent(ListNodes, Encoding.UTF8, "application/json") };
        foreach (var (name, value) in new[] { ("Accept", "application/json, text/event-stream"), ("MCP-Protocol-Version", "2026-07-28"), ("Mcp-Method", "tools/call"), ("Mcp-Name", "list_nodes") }) request.Headers.Add(name, value);
        using var answer = await http.SendAsync(request, ct);
        answer.EnsureSuccessStatusCode();
    }

    static double Resident(int pid) => double.Parse(
        File.ReadLines($"/proc/{pid}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
}
