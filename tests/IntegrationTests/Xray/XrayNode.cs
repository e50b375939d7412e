using System.Text.Json;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Audit;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Store;
using MeshMcp.HostBridge.Systems.Xray;
using MeshMcp.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace MeshMcp.IntegrationTests.Xray;

/// <summary>A node with the real engine and the real system; its containers are namespaces with a root file system in a folder of the test.</summary>
sealed class XrayNode : IDisposable
{
    static readonly Caller Root = new("uid 0", Scope.Admin, true, null, TimeSpan.Zero);

    /// <summary>What a container's init does for a service: again at once when it was told to read its configuration again.</summary>
    const string Init = """
        mount --rbind /usr "$1/usr" && mount --rbind /dev "$1/dev" || exit 1
        while :; do
          chroot "$1" v2ray -config /etc/meshmcp/xray.json && code=0 || code=$?
          [ $code -eq 129 ] || sleep 0.1
        done
        """;

    readonly string _folder = Directory.CreateTempSubdirectory("meshmcp-xray-").FullName;

    readonly AuditLog _audit;

    public XrayNode()
    {
        _audit = new(Directory.CreateDirectory(Path.Combine(_folder, "audit")).FullName, "vps", TimeProvider.System);
        Secrets = new(Path.Combine(_folder, "secrets"));
        Programs = new(Commands, new(Commands));
        var store = new NodeStore(Path.Combine(_folder, "state"));
        System = new(new(Path.Combine(_folder, "lxc")), new(Path.Combine(_folder, "xray")), Programs, Secrets, store);
        Engine = new(new([System], TimeProvider.System, NullLogger<Planner>.Instance), store, new(null), new(TimeProvider.System), new(), TimeProvider.System, _audit, NullLogger<NodeEngine>.Instance);
    }

    public ContainerCommands Commands { get; } = new();
    public SecretStore Secrets { get; }
    public XrayPrograms Programs { get; }
    public XraySystem System { get; }
    public NodeEngine Engine { get; }

    public string Configuration(string container) => Path.Combine(RootOf(container), "etc/meshmcp/xray.json");

    /// <summary>Makes the container's root file system.</summary>
    /// <param name="hosts">Its <c>/etc/hosts</c>.</param>
    public void AddContainer(string container, string hosts = "")
    {
        var root = RootOf(container);
        foreach (var folder in new[] { "usr", "dev", "etc" }) Directory.CreateDirectory(Path.Combine(root, folder));
        foreach (var link in new[] { "bin", "lib", "lib64" }) File.CreateSymbolicLink(Path.Combine(root, link), $"usr/{link}");
        File.WriteAllText(Path.Combine(root, "etc/hosts"), hosts);
        File.WriteAllText(Path.Combine(root, "etc/nsswitch.conf"), "hosts: files\n");
    }

    /// <summary>Starts its init.</summary>
    public async Task StartAsync(string container, NetworkNamespace inside)
    {
        inside.Start("unshare", ["--mount", "sh", "-c", Init, "sh", RootOf(container)]);
        Commands.Inits[container] = int.Parse((await File.ReadAllTextAsync($"/proc/{inside.Pid}/task/{inside.Pid}/children")).Split(' ')[0]);
    }

    public Task<ApplyEvent.Finished> DeclareAsync(XraySection? section) =>
        ApplyAsync(new() { Declared = JsonSerializer.SerializeToElement(new NodeState { Xray = section }, MeshJson.Default.NodeState) });

    public Task<ApplyEvent.Finished> EditAsync(params Edit[] edits) => ApplyAsync(new() { Edits = edits });

    public Task<ApplyEvent.Finished> ApplyAsync(ChangeRequest request) => EndAsync(Engine.Apply(request, Root));

    public Task<ApplyEvent.Finished> RollbackAsync(int? to) => EndAsync(Engine.Rollback(new() { To = to }, Root));

    /// <summary>The links as a user gets them.</summary>
    public IReadOnlyList<string> LinksOf(string user)
    {
        var server = Engine.Desired.Xray!.Server!;
        return [.. ShareLinks.Of(server, Secrets.Find(server.Users.Single(u => u.Name == user).IdReference, SecretKind.XrayId)!, user).Select(l => l.Link)];
    }

    public void Dispose()
    {
        Engine.Dispose();
        _audit.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    string RootOf(string container) => Path.Combine(_folder, "lxc", container, "rootfs");

    static async Task<ApplyEvent.Finished> EndAsync(global::System.Threading.Channels.ChannelReader<ApplyEvent> events)
    {
        ApplyEvent? last = null;
        await foreach (var what in events.ReadAllAsync(TestContext.Current.CancellationToken)) last = what;
        return Assert.IsType<ApplyEvent.Finished>(last);
    }
}
