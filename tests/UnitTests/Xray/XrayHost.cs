using System.Runtime.CompilerServices;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.Store;
using MeshMcp.HostBridge.Systems.Xray;

namespace MeshMcp.UnitTests.Xray;

/// <summary>The system on folders of a test's own. No program is run.</summary>
sealed class XrayHost : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("meshmcp-xray-").FullName;

    public XrayHost()
    {
        Secrets = new(Path.Combine(_folder, "secrets"));
        var commands = new NoCommands();
        Files = new(Path.Combine(_folder, "lxc"));
        System = new(Files, new(Path.Combine(_folder, "xray")), new(commands, new(commands)), Secrets, Store = new(Path.Combine(_folder, "state")));
    }

    public XraySystem System { get; }
    public XrayFiles Files { get; }
    public SecretStore Secrets { get; }
    public NodeStore Store { get; }

    public string RootOf(string container) => Directory.CreateDirectory(Path.Combine(_folder, "lxc", container, "rootfs")).FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    sealed class NoCommands : ICommandRunner
    {
        public Task<CommandResult> RunAsync(Command command, CancellationToken ct) => throw new InvalidOperationException(command.ToString());

        public async IAsyncEnumerable<string> StreamAsync(Command command, [EnumeratorCancellation] CancellationToken ct)
        {
            await Task.CompletedTask;
            yield break;
        }
    }
}
