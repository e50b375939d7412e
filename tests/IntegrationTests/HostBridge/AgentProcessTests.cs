using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.HostBridge;

/// <summary>The agent as a supervisor sees it.</summary>
public sealed class AgentProcessTests : IAsyncLifetime
{
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    readonly string _folder = Directory.CreateTempSubdirectory("agent").FullName;
    readonly Socket _supervisor = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    Process? _agent;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_tells_its_supervisor_that_it_is_ready_alive_and_stopping_and_ends_with_0_on_sigterm()
    {
        _supervisor.Bind(new UnixDomainSocketEndPoint($"{_folder}/notify"));
        var heard = new ConcurrentQueue<string>();
        _ = ListenAsync(heard);
        Start("exec \"$0\" \"$@\"");
        await Eventually.True(() => heard.Contains("READY=1") && heard.Contains("WATCHDOG=1"), Soon, "it is ready and alive", Ct);
        Assert.DoesNotContain("STOPPING=1", heard);
        await StopAsync();
        Assert.Equal(0, _agent!.ExitCode);
        await Eventually.True(() => heard.Contains("STOPPING=1"), Soon, "it said that it stops", Ct);
    }

    [Fact]
    public async Task A_hang_up_does_not_end_it_and_is_not_ignored_by_its_children_though_it_was_started_so()
    {
        _supervisor.Bind(new UnixDomainSocketEndPoint($"{_folder}/notify"));
        var heard = new ConcurrentQueue<string>();
        _ = ListenAsync(heard);
        Start("trap '' HUP; exec \"$0\" \"$@\"");
        var ignored = "";
        await Eventually.True(() =>
        {
            var child = ChildrenOf(_agent!.Id).First(c => File.ReadAllText($"/proc/{c}/comm").Trim() == "ip");
            ignored = File.ReadLines($"/proc/{child}/status").First(l => l.StartsWith("SigIgn:", StringComparison.Ordinal)).Split('\t')[1];
            return true;
        }, Soon, "ip monitor runs", Ct);
        Assert.Equal(0UL, ulong.Parse(ignored, System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture) & 1);

        await CliWrap.Cli.Wrap("kill").WithArguments(["-HUP", $"{_agent!.Id}"]).ExecuteAsync(Ct);
        heard.Clear();
        // More than one: the first may have been on its way.
        await Eventually.True(() => heard.Count(h => h == "WATCHDOG=1") > 2, Soon, "it is alive after the hang-up", Ct);
    }

    [Fact]
    public async Task Its_children_get_none_of_its_descriptors()
    {
        var passed = $"{_folder}/passed";
        await File.WriteAllTextAsync(passed, "as a supervisor passes a listening socket", Ct);
        _supervisor.Bind(new UnixDomainSocketEndPoint($"{_folder}/notify"));
        _ = ListenAsync(new());
        Start("exec \"$0\" \"$@\" 3<\"$PASSED\"");
        string[] descriptors = [];
        await Eventually.True(() =>
        {
            var child = ChildrenOf(_agent!.Id).First(c => File.ReadAllText($"/proc/{c}/cmdline").Contains("ip\0-o\0monitor", StringComparison.Ordinal) && File.ReadAllText($"/proc/{c}/comm").Trim() == "ip");
            descriptors = DescriptorsOf(child);
            return descriptors.Length > 0;
        }, Soon, "ip monitor runs", Ct);
        Assert.Contains(passed, DescriptorsOf(_agent!.Id));
        Assert.DoesNotContain(passed, descriptors);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_agent is not null) await StopAsync();
        _agent?.Dispose();
        _supervisor.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    void Start(string script)
    {
        File.WriteAllText($"{_folder}/hostbridge.json", $$"""{ "node": "vps", "socket": "{{_folder}}/socket", "state": "{{_folder}}/state" }""");
        var start = new ProcessStartInfo("sh") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["-c", script, PrivateNode.Binary("HostBridge", "meshmcp-hostbridge"), "--config", $"{_folder}/hostbridge.json"]) start.ArgumentList.Add(argument);
        start.Environment["NOTIFY_SOCKET"] = $"{_folder}/notify";
        start.Environment["WATCHDOG_USEC"] = "200000";
        start.Environment["OVS_RUNDIR"] = _folder;
        start.Environment["PASSED"] = $"{_folder}/passed";
        _agent = Process.Start(start)!;
        _agent.BeginOutputReadLine();
        _agent.BeginErrorReadLine();
    }

    async Task StopAsync()
    {
        if (_agent!.HasExited) return;
        await CliWrap.Cli.Wrap("kill").WithArguments(["-TERM", $"{_agent.Id}"]).ExecuteAsync(Ct);
        await _agent.WaitForExitAsync(Ct).WaitAsync(Soon, Ct);
    }

    /// <summary>All the time: a supervisor that does not read holds up who tells it something.</summary>
    async Task ListenAsync(ConcurrentQueue<string> heard)
    {
        var buffer = new byte[64];
        while (true) heard.Enqueue(Encoding.ASCII.GetString(buffer, 0, await _supervisor.ReceiveAsync(buffer, Ct)));
    }

    static IEnumerable<int> ChildrenOf(int pid) => Directory.GetDirectories($"/proc/{pid}/task").SelectMany(t => File.ReadAllText($"{t}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)).Select(int.Parse);

    static string[] DescriptorsOf(int pid) => [.. Directory.GetFileSystemEntries($"/proc/{pid}/fd").Select(f => new FileInfo(f).LinkTarget).OfType<string>()];
}
