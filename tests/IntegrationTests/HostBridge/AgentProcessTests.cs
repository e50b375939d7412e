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
        Start("exec \"$0\" \"$@\"");
        Assert.Equal("READY=1", await HeardAsync());
        Assert.Equal("WATCHDOG=1", await HeardAsync());
        await StopAsync();
        Assert.Equal(0, _agent!.ExitCode);
        string last;
        while ((last = await HeardAsync()) == "WATCHDOG=1") ;
        Assert.Equal("STOPPING=1", last);
    }

    [Fact]
    public async Task Its_children_get_none_of_its_descriptors()
    {
        var passed = $"{_folder}/passed";
        await File.WriteAllTextAsync(passed, "as a supervisor passes a listening socket", Ct);
        Start("exec \"$0\" \"$@\" 3<\"$PASSED\"");
        await Eventually.True(() => DescriptorsOf(ChildOf(_agent!.Id)).Length > 0 && Directory.Exists($"{_folder}/state"), Soon, "the agent has a child", Ct);
        await Eventually.True(() => File.ReadAllText($"/proc/{ChildOf(_agent!.Id)}/comm").Trim() == "ip", Soon, "ip monitor runs", Ct);
        Assert.Contains(passed, DescriptorsOf(_agent!.Id));
        Assert.DoesNotContain(passed, DescriptorsOf(ChildOf(_agent.Id)));
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
        using var kill = Process.Start("kill", ["-TERM", _agent.Id.ToString()]);
        await _agent.WaitForExitAsync(Ct).WaitAsync(Soon, Ct);
    }

    async Task<string> HeardAsync()
    {
        var buffer = new byte[64];
        return Encoding.ASCII.GetString(buffer, 0, await _supervisor.ReceiveAsync(buffer, Ct).AsTask().WaitAsync(Soon, Ct));
    }

    static int ChildOf(int pid) => int.Parse(Directory.GetDirectories($"/proc/{pid}/task").SelectMany(t => File.ReadAllText($"{t}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)).First());

    static string[] DescriptorsOf(int pid) => [.. Directory.GetFileSystemEntries($"/proc/{pid}/fd").Select(f => new FileInfo(f).LinkTarget).OfType<string>()];
}
