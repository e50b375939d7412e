using MeshMcp.HostBridge.Host;

namespace MeshMcp.IntegrationTests.Xray;

/// <summary>Real programs; only LXC's answer, which process is a container's init, is the test's.</summary>
sealed class ContainerCommands : ICommandRunner
{
    readonly CommandRunner _real = new();

    /// <summary>Process ids of inits by container.</summary>
    public Dictionary<string, int> Inits { get; } = [];

    /// <summary>Gives the program a configuration to test that it does not know what to do with.</summary>
    public bool Spoil { get; set; }

    public Task<CommandResult> RunAsync(Command command, CancellationToken ct)
    {
        if (command.Program == "lxc-info")
            return Task.FromResult(Inits.TryGetValue(command.Arguments[1], out var pid) ? new CommandResult(0, $"{pid}\n", "") : new(1, "", $"{command.Arguments[1]} doesn't exist"));
        if (Spoil && command is { Program: "v2ray", Arguments: ["-test", _, var file] }) File.WriteAllText(file, File.ReadAllText(file).Replace("\"vmess\"", "\"nonsense\"", StringComparison.Ordinal));
        return _real.RunAsync(command, ct);
    }

    public IAsyncEnumerable<string> StreamAsync(Command command, CancellationToken ct) => _real.StreamAsync(command, ct);
}
