using System.Text.Json.Nodes;
using CliWrap;
using CliWrap.Buffered;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.Packaging;

/// <summary>
/// The package for arm64, cross-compiled, in an arm64 Debian of its own, its programs run by qemu-user. Compiling takes longer than all other tests of a
/// project, so it runs where <c>MESHMCP_DEB_ARM64</c> names the package that <c>./dev package arm64</c> made.
/// </summary>
public sealed class Arm64Tests : IAsyncLifetime
{
    const string Given = "MESHMCP_DEB_ARM64", Emulator = "/usr/bin/qemu-aarch64";
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("meshmcp-arm64-");
    readonly CancellationTokenSource _end = new();
    readonly List<Task> _running = [];

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable(Given) is not { Length: > 0 } package) Assert.Skip($"{Given} names no package of ./dev package arm64");
        Assert.SkipUnless(File.Exists(Emulator) && File.Exists("/usr/sbin/debootstrap"), "needs the Debian packages qemu-user and debootstrap");
        // Unpacked is enough: nothing in it is configured, no program of it runs but ours.
        await RunAsync("debootstrap", "--foreign", "--arch=arm64", "--variant=minbase", "--include=libssl3,ca-certificates", "bookworm", _root.FullName);
        foreach (var file in Directory.EnumerateFiles($"{_root.FullName}/var/cache/apt/archives", "*.deb")) await RunAsync("dpkg-deb", "--extract", file, _root.FullName);
        await RunAsync("dpkg-deb", "--extract", Environment.GetEnvironmentVariable(Given)!, _root.FullName);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
        _root.Delete(recursive: true);
    }

    [Fact]
    public async Task Agent_server_and_meshctl_start_and_answer()
    {
        await using var ovs = await PrivateOvs.StartAsync();
        var (socket, configuration) = (At("hostbridge.sock"), At("hostbridge.json"));
        await File.WriteAllTextAsync(configuration, $$"""{ "node": "board", "socket": "{{socket}}", "state": "{{At("state")}}" }""", Ct);
        await File.WriteAllTextAsync(At("server.json"), """{ "listen": "127.64.64.1:9573" }""", Ct);
        using var agent = ovs.Namespace.Start(Emulator, ["-L", _root.FullName, Program("hostbridge/meshmcp-hostbridge"), "--config", configuration],
            new Dictionary<string, string> { ["OVS_RUNDIR"] = ovs.Folder, ["DBUS_SYSTEM_BUS_ADDRESS"] = $"unix:path={ovs.Folder}/no-bus" });
        _running.Add(Cli(Program("server/meshmcp-server"), "mcp", "--config", At("server.json")).ExecuteAsync(_end.Token));

        JsonNode? status = null;
        await Eventually.True(async () =>
        {
            status = JsonNode.Parse((await Cli(Program("meshctl/meshctl"), "status", "--json", "--socket", socket).ExecuteBufferedAsync(Ct)).StandardOutput);
            return status is not null;
        }, Soon, $"meshctl gets an answer of the agent ({agent.LastWords})", Ct);
        Assert.Equal("board", (string?)status!["name"]);
        using var http = new HttpClient();
        await Eventually.True(async () => (await http.GetStringAsync(new Uri("http://127.64.64.1:9573/healthz"), Ct)) == "ok\n", Soon, "the server answers", Ct);
        using var raw = new Server.RawMcp(new("http://127.64.64.1:9573/mcp"), null);
        using var tools = await raw.PostNewestAsync("tools/list");
        Assert.Contains("add_flow", await tools.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
    }

    string At(string name) => Path.Combine(_root.FullName, name);

    string Program(string name) => At($"usr/lib/meshmcp/{name}");

    Command Cli(string program, params string[] arguments) => CliWrap.Cli.Wrap(Emulator).WithArguments(["-L", _root.FullName, program, .. arguments]);

    static async Task RunAsync(string program, params string[] arguments)
    {
        var ran = await CliWrap.Cli.Wrap(program).WithArguments(arguments).WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(Ct);
        Assert.True(ran.IsSuccess, $"{program}: {ran.StandardOutput[^Math.Min(600, ran.StandardOutput.Length)..]} {ran.StandardError}");
    }
}
