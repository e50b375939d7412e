namespace MeshMcp.HostBridge.Host;

/// <summary>
/// Starts daemons that must outlive this process: in a session of their own, and, where systemd runs, in a unit of their own too,
/// because stopping ours would end everything in its control group. They get none of our descriptors.
/// </summary>
public sealed class DetachedProcess(ICommandRunner commands)
{
    const string Systemd = "/run/systemd/system";

    /// <summary>Returns when the daemon runs.</summary>
    /// <param name="unit">Name for the unit, without a suffix.</param>
    /// <param name="daemon">A program that puts itself in the background once it is ready.</param>
    public Task StartAsync(string unit, Command daemon, CancellationToken ct) => commands.RunAsync(
        Directory.Exists(Systemd)
            ? daemon with { Program = "systemd-run", Arguments = ["--quiet", "--collect", $"--unit={unit}", "--service-type=forking", ProgramPath.Find(daemon.Program), .. daemon.Arguments] }
            : daemon with { Program = "setsid", Arguments = ["--wait", ProgramPath.Find(daemon.Program), .. daemon.Arguments] },
        ct);
}
