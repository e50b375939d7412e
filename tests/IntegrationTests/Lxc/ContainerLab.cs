using System.Text.Json;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.Lab;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.Lxc;

/// <summary>One lab for all tests of containers, one after the other. Edits stay, so a test that makes some uses ids of its own.</summary>
[CollectionDefinition(Name)]
public sealed class ContainerLabs : ICollectionFixture<ContainerLab>
{
    public const string Name = "containers";
}

/// <summary>A bare lab with a busybox template on <c>vps</c>, and a bridge that switches everything.</summary>
public sealed class ContainerLab : IAsyncLifetime
{
    public const string Node = "vps", Template = "small";
    public static readonly TimeSpan Hangs = TimeSpan.FromSeconds(60);

    public MeshLab Lab { get; } = new(LabPrefix.Next('c'), bare: true);

    public NodeClient Client { get; private set; } = null!;

    public string Socket => Lab.FileIn(Node, "/run/meshmcp/hostbridge.sock");

    public async ValueTask InitializeAsync()
    {
        if (!Environment.IsPrivilegedProcess) Assert.Skip("needs root to make namespaces");
        await Lab.UpAsync(port: 0, owner: Environment.ProcessId);
        Client = new(Node, NodeTransport.Create(new NodeEndpoint.Local(Socket)));
        await Client.AddTemplateAsync(Template, new() { Build = "busybox" }, default);
        await DeclareAsync();
    }

    /// <summary>Applies a document with these containers, each as in <see cref="Item"/>.</summary>
    public Task<ApplyEvent.Finished> DeclareAsync(params IReadOnlyList<Container> containers) => ApplyAsync(new()
    {
        Declared = JsonSerializer.SerializeToElement(new NodeState
        {
            Bridge = new() { Address = "10.1.0.1/24" },
            Lxc = new() { Containers = containers },
            Openflow = new() { Bridges = new Dictionary<string, BridgeFlows> { ["mesh"] = new() { Flows = ["priority=10,actions=normal"] } } },
        }, Contracts.Json.MeshJson.Default.NodeState),
    });

    public Task<ApplyEvent.Finished> EditAsync(Edit edit, int? confirmWithin = null) => ApplyAsync(new() { Edits = [edit], ConfirmWithin = confirmWithin });

    /// <summary>A refusal and a failure are thrown.</summary>
    public async Task<ApplyEvent.Finished> ApplyAsync(ChangeRequest request)
    {
        ApplyEvent? last = null;
        await foreach (var what in Client.ApplyAsync(request, default)) last = what;
        var end = Assert.IsType<ApplyEvent.Finished>(last);
        return end.Error is { } error ? throw new MeshException(error) : end;
    }

    public async Task RollbackAsync()
    {
        await foreach (var _ in Client.RollbackAsync(new(), default)) ;
    }

    public static Container Item(string id, ContainerProperties? properties = null) =>
        new() { Id = id, Veth = $"veth{id}", Properties = (properties ?? new()) with { Template = Template, Ipv4Address = $"10.1.0.{id}/24" } };

    public async Task<string> ExecAsync(string id, params IReadOnlyList<string> command)
    {
        var result = await Client.ExecAsync(id, new(command) { TimeoutSeconds = 20 }, default);
        Assert.True(result.ExitCode == 0, $"{string.Join(' ', command)} in {id}: {result.ExitCode} {result.Output}{result.ErrorOutput}");
        return result.Output;
    }

    /// <summary>Answered within a minute, however busy the machine.</summary>
    public Task PingsAsync(string from, string to) => TestKit.Eventually.True(
        async () => (await Client.ExecAsync(from, new(["ping", "-c", "1", "-W", "2", to]), default)).ExitCode == 0, Hangs, $"container {from} reaches {to}");

    public async Task<ContainerStatus?> StatusAsync(string id) => (await Client.ContainersAsync(20, default)).Containers.FirstOrDefault(c => c.Id == id);

    public Task<string> RunAsync(params IReadOnlyList<string> words) => Lab.In(Node, words).TextAsync();

    /// <summary>Process id, on the machine, of a container's init.</summary>
    public async Task<int> InitAsync(string id) => int.Parse(await RunAsync("lxc-info", "-n", id, "-pH"));

    /// <summary>Names in the node's folder of containers, hidden ones left out.</summary>
    public async Task<string> FoldersAsync() => (await RunAsync("ls", "/var/lib/lxc")).Trim().Replace('\n', ' ');

    public async Task<bool> IsPortAsync(string name) => (await RunAsync("ovs-vsctl", "list-ports", "mesh")).Split('\n').Contains(name);

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        await Lab.DownAsync();
    }
}
