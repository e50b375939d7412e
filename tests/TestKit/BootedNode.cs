using System.Text.Json;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;

namespace MeshMcp.TestKit;

/// <summary>A node as in real life: a machine with systemd, and the real agent inside it. It has no Open vSwitch.</summary>
public sealed class BootedNode : IAsyncDisposable
{
    /// <summary>The first start in a new machine reads everything from the disk.</summary>
    static readonly TimeSpan Hangs = TimeSpan.FromSeconds(60);

    Daemon? _agent;

    BootedNode(BootedMachine machine) => Machine = machine;

    public BootedMachine Machine { get; }

    public NodeClient Client { get; private set; } = null!;

    public static async Task<BootedNode> StartAsync()
    {
        var node = new BootedNode(await BootedMachine.StartAsync());
        try
        {
            Directory.CreateDirectory($"{node.Machine.RunFolder}/meshmcp");
            await node.StartAgentAsync();
            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    public async Task StartAgentAsync()
    {
        _agent = Machine.Start(PrivateNode.Binary("HostBridge", "meshmcp-hostbridge"), []);
        Client?.Dispose();
        Client = new("testmachine", NodeTransport.Create(new NodeEndpoint.Local($"{Machine.RunFolder}/meshmcp/hostbridge.sock")));
        await Eventually.True(async () => _agent.HasExited ? throw new InvalidOperationException(_agent.LastWords) : (await Client.StatusAsync(default)).Version.Length > 0, Hangs, "the agent answers");
    }

    public Task KillAgentAsync() => _agent!.KillAsync();

    public Task<IReadOnlyList<ApplyEvent>> ApplyAsync(string state, int? confirmWithin = null) =>
        ApplyAsync(new ChangeRequest { Declared = JsonDocument.Parse(state).RootElement, ConfirmWithin = confirmWithin });

    public Task<IReadOnlyList<ApplyEvent>> EditAsync(params IReadOnlyList<Edit> edits) => ApplyAsync(new ChangeRequest { Edits = edits });

    /// <summary>All that happened; a refusal is thrown.</summary>
    public Task<IReadOnlyList<ApplyEvent>> ApplyAsync(ChangeRequest request) => FollowAsync(Client.ApplyAsync(request, default));

    public Task<IReadOnlyList<ApplyEvent>> RollbackAsync(int? to = null) => FollowAsync(Client.RollbackAsync(new() { To = to }, default));

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        await Machine.DisposeAsync();
        _agent?.Dispose();
    }

    static async Task<IReadOnlyList<ApplyEvent>> FollowAsync(IAsyncEnumerable<ApplyEvent> events)
    {
        var all = new List<ApplyEvent>();
        await foreach (var what in events) all.Add(what);
        return all is [.., ApplyEvent.Finished] ? all : throw new MeshException(ErrorKind.Bug, $"The stream ended with {all.LastOrDefault()}.");
    }
}
