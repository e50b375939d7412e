using System.Runtime.InteropServices;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.Server.Relay;

/// <summary><c>meshmcp-server relay</c>.</summary>
public static class RelayRole
{
    /// <summary>Serves until SIGTERM or SIGINT.</summary>
    /// <exception cref="MeshException">The configuration, a certificate or an address cannot be used.</exception>
    public static async Task RunAsync(string configurationPath, ILoggerFactory logs)
    {
        var configuration = RelayConfiguration.Read(configurationPath);
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            asked.TrySetResult();
        }
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        await using var door = RelayDoor.Open(configuration, RelayLimits.Default, TimeProvider.System, logs.CreateLogger<RelayDoor>());
        await asked.Task;
    }
}
