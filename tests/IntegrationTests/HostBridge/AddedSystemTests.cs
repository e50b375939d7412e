using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using CliWrap;
using CliWrap.Buffered;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.HostBridge;

/// <summary>Adds the system of <c>examples/added-system</c> to a copy of the sources, builds the agent and runs it.</summary>
public sealed class AddedSystemTests : IAsyncLifetime
{
    const string Setting = "net.ipv4.tcp_keepalive_time", Usual = "7200";

    /// <summary>What the agent is built of.</summary>
    static readonly string[] Sources = ["Directory.Build.props", "Directory.Packages.props", "global.json", ".editorconfig", "BannedSymbols.txt", "src/Directory.Build.props", "src/Contracts", "src/HostBridge"];

    static readonly TimeSpan Built = TimeSpan.FromMinutes(10), Soon = TimeSpan.FromSeconds(60);

    readonly string _copy = Directory.CreateTempSubdirectory("added-system").FullName;
    PrivateNode _node = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_system_is_added_by_its_own_folders_and_is_planned_applied_healed_edited_undone_and_released_as_all_others_are()
    {
        _node.Agent = await BuildAsync();
        await _node.KillAgentAsync();
        await _node.StartAgentAsync();
        Assert.Contains((await _node.Client.StatusAsync(Ct)).Systems, s => s.Name == "tuning");
        Assert.Equal(Usual, await NowAsync());

        var refused = await Assert.ThrowsAsync<MeshException>(() => _node.ApplyAsync($$$"""{ "tuning": { "values": { "net.ipv4.ip_forward": "1", "{{{Setting}}}": "a; b" } } }"""));
        Assert.Equal(["tuning.values.net.ipv4.ip_forward", $"tuning.values.{Setting}"], refused.Error.Problems!.Select(p => p.Path));

        Assert.Equal(GenerationStatus.Confirmed, (await _node.ApplyAsync($$$"""{ "tuning": { "values": { "{{{Setting}}}": "600", "net.ipv4.tcp_there_is_none": "1" } } }""")).Generation!.Status);
        Assert.Equal("600", await NowAsync());
        var status = await _node.Client.StatusAsync(Ct);
        var tuning = status.Systems.Single(s => s.Name == "tuning");
        Assert.Equal(SystemState.Waits, tuning.State);
        Assert.Contains("tcp_there_is_none", Assert.Single(tuning.Waits!), StringComparison.Ordinal);
        Assert.Contains(status.Findings, f => f is { Kind: "waiting", Path: "tuning.values.net.ipv4.tcp_there_is_none" });

        await _node.Ovs.Namespace.ExecAsync("sysctl", "-w", $"{Setting}=1000");
        await Eventually.True(async () => await NowAsync() == "600", Soon, "it is healed", Ct);

        await EditAsync("900");
        Assert.Equal("900", await NowAsync());
        await foreach (var _ in _node.Client.RollbackAsync(new(), Ct)) { }
        Assert.Equal("600", await NowAsync());

        await _node.KillAgentAsync();
        await _node.Ovs.Namespace.ExecAsync("env", $"OVS_RUNDIR={_node.Ovs.Folder}", $"DBUS_SYSTEM_BUS_ADDRESS=unix:path={_node.Ovs.Folder}/no-bus", _node.Agent, "--config", _node.Configuration, "--release");
        Assert.Equal(Usual, await NowAsync());
    }

    public async ValueTask InitializeAsync() => _node = await PrivateNode.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        Directory.Delete(_copy, recursive: true);
    }

    /// <summary>Only files that are not there yet are added, all in folders of the system's own.</summary>
    async Task<string> BuildAsync([CallerFilePath] string here = "")
    {
        var root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../.."));
        var example = Path.Combine(root, "examples/added-system");
        string[] added = [.. FilesOf(Path.Combine(example, "src"))];
        Assert.All(added, file => Assert.Equal("Systems/Tuning", string.Join('/', Path.GetRelativePath(example, file).Split('/')[2..4])));
        foreach (var file in Sources.SelectMany(s => FilesOf(Path.Combine(root, s)))) Put(file, root);
        foreach (var file in added) Put(file, example);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        limit.CancelAfter(Built);
        var built = await CliWrap.Cli.Wrap("dotnet").WithWorkingDirectory(_copy).WithValidation(CommandResultValidation.None)
            .WithArguments(["build", "src/HostBridge", "--nologo", "-v", "q", "-clp:NoSummary;ErrorsOnly", "-p:RunAnalyzers=false", "-p:EnforceCodeStyleInBuild=false", "-nodeReuse:false", "-p:UseSharedCompilation=false"]).ExecuteBufferedAsync(limit.Token);
        Assert.True(built.IsSuccess, built.StandardOutput + built.StandardError);
        return Path.Combine(_copy, "artifacts/bin/HostBridge/debug/meshmcp-hostbridge");
    }

    void Put(string file, string root)
    {
        var target = Path.Combine(_copy, Path.GetRelativePath(root, file));
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.Copy(file, target);
    }

    static IEnumerable<string> FilesOf(string path) => File.Exists(path) ? [path] : Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories);

    /// <summary>This test was built without the edit, so it says it in JSON.</summary>
    async Task EditAsync(string value)
    {
        using var client = new HttpClient(NodeTransport.Create(new NodeEndpoint.Local(_node.Socket)));
        var edit = new JsonObject { ["edits"] = new JsonArray(new JsonObject { ["edit"] = "setTuning", ["name"] = Setting, ["value"] = value }), ["confirmWithin"] = 60 };
        var answer = await client.PostAsync(new Uri("http://node/v1/apply"), new StringContent(edit.ToJsonString(), Encoding.UTF8, "application/json"), Ct);
        var lines = (await answer.Content.ReadAsStringAsync(Ct)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("awaitingConfirmation", lines[^1], StringComparison.Ordinal);
    }

    async Task<string> NowAsync() => (await _node.Ovs.Namespace.ExecAsync("sysctl", "-n", Setting)).Trim();
}
