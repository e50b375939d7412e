using MeshMcp.Contracts.Errors;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.Network;

/// <summary>Connections that the kernel remembers: one that was let in once stays so until it is forgotten.</summary>
public sealed class Conntrack(ICommandRunner commands)
{
    /// <summary>Forgets what was sent to <paramref name="port"/>. Without the program it ends by itself, later.</summary>
    /// <param name="target">Only what was translated to this address.</param>
    public async Task ForgetAsync(string protocol, int port, string? target, CancellationToken ct)
    {
        try
        {
            // 1: there was nothing to forget.
            await commands.RunAsync(Command.Of("conntrack", ["-D", "-p", protocol, "--orig-port-dst", $"{port}", .. target is null ? [] : (string[])["--dst-nat", target]]) with { SuccessCodes = [0, 1] }, ct);
        }
        catch (MeshException e) when (e.Error.Kind == ErrorKind.Unavailable)
        {
            // Not installed.
        }
    }
}
