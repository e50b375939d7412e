namespace MeshMcp.HostBridge.Host;

/// <summary>The only way the host bridge runs programs.</summary>
public interface ICommandRunner
{
    /// <summary>Runs to the end.</summary>
    /// <exception cref="MeshMcp.Contracts.Errors.MeshException">CommandFailed with the program's stderr, Timeout, or Unavailable when it is not installed.</exception>
    Task<CommandResult> RunAsync(Command command, CancellationToken ct);

    /// <summary>Lines of a long-lived program (standard output and error as they come) until it exits; it is killed when the enumeration ends or this process dies.</summary>
    /// <exception cref="MeshMcp.Contracts.Errors.MeshException">CommandFailed with the last lines when it ends without a success code, or Unavailable when it is not installed.</exception>
    IAsyncEnumerable<string> StreamAsync(Command command, CancellationToken ct);
}
