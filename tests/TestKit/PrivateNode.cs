using System.Text.Json;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;

namespace MeshMcp.TestKit;

/// <summary>A node of a test's own: a private Open vSwitch and the real agent on it, both in one network namespace.</summary>
public sealed class PrivateNode : IAsyncDisposable
{
    static readonly TimeSpan Hangs = TimeSpan.FromSeconds(30);

    readonly string _folder;
    Daemon? _agent;

    PrivateNode(PrivateOvs ovs) => (Ovs, _folder) = (ovs, Directory.CreateDirectory(Path.Combine(ovs.Folder, "meshmcp")).FullName);

    public PrivateOvs Ovs { get; }
    public string Socket => Path.Combine(_folder, "hostbridge.sock");
    public string State => Path.Combine(_folder, "state");
    public string Configuration => Path.Combine(_folder, "hostbridge.json");

    /// <summary>More words of the agent's command line, from its next start on.</summary>
    public IReadOnlyList<string> Arguments { get; set; } = [];

    /// <summary>The program, from its next start on.</summary>
    public string Agent { get; set; } = Binary("HostBridge", "meshmcp-hostbridge");

    /// <summary>Where the agent finds its programs, from its next start on; null for where this machine has them.</summary>
    public string? Programs { get; set; }

    /// <summary>As root on the local socket.</summary>
    public NodeClient Client { get; private set; } = null!;

    /// <param name="veths">System devices to make before the agent starts.</param>
    public static Task<PrivateNode> StartAsync(params IReadOnlyList<string> veths) => StartAsync(new Dictionary<string, object>(), veths);

    /// <param name="more">Fields of the agent's configuration.</param>
    public static async Task<PrivateNode> StartAsync(IReadOnlyDictionary<string, object> more, params IReadOnlyList<string> veths)
    {
        var node = new PrivateNode(await PrivateOvs.StartAsync());
        try
        {
            foreach (var veth in veths) await node.Ovs.Namespace.AddVethAsync(veth, $"far-{veth}"[..Math.Min(15, veth.Length + 4)]);
            await File.WriteAllTextAsync(node.Configuration, JsonSerializer.Serialize(new Dictionary<string, object>(more) { ["node"] = "testnode", ["socket"] = node.Socket, ["state"] = node.State }));
            await node.StartAgentAsync();
            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    /// <summary>Returns when the agent answers.</summary>
    public async Task StartAgentAsync()
    {
        _agent = Ovs.Namespace.Start(Agent, ["--config", Configuration, .. Arguments], new Dictionary<string, string>
        {
            ["OVS_RUNDIR"] = Ovs.Folder,
            // Not this machine's own: no test may touch its units and packages.
            ["DBUS_SYSTEM_BUS_ADDRESS"] = $"unix:path={Ovs.Folder}/no-bus",
            ["PATH"] = Programs ?? Environment.GetEnvironmentVariable("PATH")!,
        });
        Client?.Dispose();
        Client = Connect();
        await Eventually.True(async () => _agent.HasExited ? throw new InvalidOperationException(_agent.LastWords) : (await Client.StatusAsync(default)).Name == "testnode", Hangs, $"the agent answers ({_agent.LastWords})");
    }

    public Task KillAgentAsync() => _agent!.KillAsync();

    /// <summary>It stays there and does nothing, until <c>CONT</c>.</summary>
    public Task SignalAgentAsync(string signal) => _agent!.SignalAsync(signal);

    public NodeClient Connect() => new("testnode", NodeTransport.Create(new NodeEndpoint.Local(Socket)));

    /// <summary>Applies and returns the end; a refusal is thrown.</summary>
    public async Task<ApplyEvent.Finished> ApplyAsync(ChangeRequest request)
    {
        ApplyEvent? last = null;
        await foreach (var what in Client.ApplyAsync(request, default)) last = what;
        return last as ApplyEvent.Finished ?? throw new MeshException(ErrorKind.Bug, $"The stream ended with {last}.");
    }

    public Task<ApplyEvent.Finished> ApplyAsync(string state, int? confirmWithin = null) =>
        ApplyAsync(new ChangeRequest { Declared = JsonDocument.Parse(state).RootElement, ConfirmWithin = confirmWithin });

    /// <summary>Flows as the switch has them, without counters.</summary>
    public async Task<IReadOnlyList<string>> FlowsAsync() =>
        [.. (await Ovs.RunAsync("ovs-ofctl", "-O", "OpenFlow14", "--no-stats", "--no-names", "dump-flows", "mesh")).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        await Ovs.DisposeAsync();
        _agent?.Dispose();
    }

    /// <summary>Where this build's programs are, and the native ones.</summary>
    public static IReadOnlyList<string> ProgramFolders =>
    [
        new DirectoryInfo(AppContext.BaseDirectory).Parent!.Parent!.FullName,
        .. Environment.GetEnvironmentVariable("MESHMCP_NATIVE") is { Length: > 0 } native ? [Path.GetFullPath(native)] : Array.Empty<string>(),
    ];

    /// <summary>A program of this build; the native one, where MESHMCP_NATIVE names a folder that has it.</summary>
    public static string Binary(string project, string name)
    {
        if (Environment.GetEnvironmentVariable("MESHMCP_NATIVE") is { Length: > 0 } native && Path.GetFullPath(Path.Combine(native, project, name)) is var program && File.Exists(program)) return program;
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        return Path.Combine(here.Parent!.Parent!.FullName, project, here.Name, name);
    }
}
