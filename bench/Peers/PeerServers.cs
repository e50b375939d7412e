using System.Net.Sockets;
using MeshMcp.Bench.Calls;
using MeshMcp.Lab.Namespaces;
using MeshMcp.TestKit;

namespace MeshMcp.Bench.Peers;

/// <summary>A server that runs.</summary>
sealed record ServerProcess(string Name, Daemon Daemon);

/// <summary>
/// The servers that need no mesh, all on the loopback of one namespace: nobody else reaches them, also those that listen on every address,
/// and they end with this program, however it ends.
/// </summary>
sealed class PeerServers : IAsyncDisposable
{
    const int EverythingPort = 3001, KubernetesPort = 8080;
    const string Kubeconfig = """
        apiVersion: v1
        kind: Config
        current-context: bench
        clusters: [ { name: bench, cluster: { server: "https://127.0.0.1:6443" } } ]
        contexts: [ { name: bench, context: { cluster: bench, user: bench } } ]
        users: [ { name: bench, user: { token: none } } ]
        """;

    static readonly TimeSpan Hangs = TimeSpan.FromSeconds(60);

    readonly NetworkNamespace inside;
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("meshmcp-bench-");
    readonly List<ServerProcess> processes = [];

    PeerServers(NetworkNamespace inside) => this.inside = inside;

    public IReadOnlyList<ServerProcess> Processes => processes;

    public Target Echo => On(EchoServer.Port);

    public Target Everything => On(EverythingPort);

    public Target Kubernetes => On(KubernetesPort);

    public static async Task<PeerServers> StartAsync(PeerPrograms programs, CancellationToken ct)
    {
        var servers = new PeerServers(await NetworkNamespace.CreateAsync(ct));
        try
        {
            var kubeconfig = Path.Combine(servers.folder.FullName, "kubeconfig");
            await File.WriteAllTextAsync(kubeconfig, Kubeconfig, ct);
            servers.Start("MeshMcp's host layer with echo", Environment.ProcessPath!, [EchoServer.Word], new() { ["DOTNET_EnableDiagnostics"] = "0" });
            servers.Start("server-everything", programs.Node, [Path.Combine(programs.Everything, "dist/index.js"), "streamableHttp"], new() { ["PORT"] = $"{EverythingPort}" });
            servers.Start("kubernetes-mcp-server", programs.Kubernetes, ["--bind-address", "127.0.0.1", "--port", $"{KubernetesPort}", "--kubeconfig", kubeconfig], new() { ["HOME"] = servers.folder.FullName });
            foreach (var (target, process) in new[] { servers.Echo, servers.Everything, servers.Kubernetes }.Zip(servers.processes))
                await Eventually.True(() => Accepts(target, process), Hangs, $"{process.Name} accepts connections ({process.Daemon.LastWords})", ct);
            return servers;
        }
        catch
        {
            await servers.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await inside.DisposeAsync();
        foreach (var process in processes) process.Daemon.Dispose();
        folder.Delete(recursive: true);
    }

    void Start(string name, string program, IReadOnlyList<string> arguments, Dictionary<string, string> environment) =>
        processes.Add(new(name, inside.Start(program, arguments, environment)));

    Target On(int port) => new(new($"http://127.0.0.1:{port}/mcp"), Inside: new Place("peers", $"/proc/{inside.Pid}/ns/net", null));

    static bool Accepts(Target target, ServerProcess process)
    {
        if (process.Daemon.HasExited) throw new InvalidOperationException(process.Daemon.LastWords);
        using var socket = target.Inside!.Inside(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        socket.Connect(target.Url.Host, target.Url.Port);
        return true;
    }
}
