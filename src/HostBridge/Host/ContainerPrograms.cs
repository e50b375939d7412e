using System.Runtime.InteropServices;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.HostBridge.Host;

/// <summary>Programs inside LXC containers, as the host sees them.</summary>
public sealed partial class ContainerPrograms(ICommandRunner commands)
{
    const int Ending = 9;
    const int NotRunning = 1;
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10), GoneWithin = TimeSpan.FromSeconds(5);

    /// <summary>The process that is the container's init; null while it does not run.</summary>
    public async Task<int?> InitAsync(string container, CancellationToken ct)
    {
        try
        {
            var said = await commands.RunAsync(Command.Of("lxc-info", "--name", container, "--pid", "--no-humanize") with { SuccessCodes = [0, NotRunning] }, ct);
            return int.TryParse(said.Output.Trim(), out var pid) && pid > 0 ? pid : null;
        }
        catch (MeshException e) when (e.Error.Kind == ErrorKind.Unavailable)
        {
            // No LXC here: nothing runs in it.
            return null;
        }
    }

    /// <summary>Processes in the container of <paramref name="init"/> that were started with <paramref name="argument"/>.</summary>
    public IReadOnlyList<int> With(int init, string argument)
    {
        if (NamespaceOf(init) is not { } inside) return [];
        return
        [
            .. from folder in Directory.EnumerateDirectories("/proc")
               let pid = int.TryParse(Path.GetFileName(folder), out var number) ? number : 0
               where pid > 0 && pid != init && ArgumentsOf(pid).Contains(argument) && NamespaceOf(pid) == inside
               select pid,
        ];
    }

    /// <summary>
    /// Ends programs that read their configuration only at their start, by the signal that means "read it again": the container's init starts them anew.
    /// Returns when they are gone, so that from then on nobody is served by the old configuration; one that does not go is killed.
    /// </summary>
    public async Task RestartAsync(int init, string argument, CancellationToken ct)
    {
        var old = With(init, argument);
        foreach (var pid in old) _ = Kill(pid, HangUp.Signal);
        for (var since = TimeProvider.System.GetTimestamp(); old.Count > 0; await Task.Delay(Pause, ct))
        {
            old = [.. With(init, argument).Intersect(old)];
            if (TimeProvider.System.GetElapsedTime(since) < GoneWithin) continue;
            foreach (var pid in old) _ = Kill(pid, Ending);
            if (old.Count > 0 && TimeProvider.System.GetElapsedTime(since) > GoneWithin + GoneWithin)
                throw new MeshException(ErrorKind.Timeout, $"Process {old[0]} of a container does not end, though it was killed.", "container", "It hangs in the kernel, mostly for a disk or a mount that does not answer: look at those.");
        }
    }

    static string? NamespaceOf(int pid) => Try(() => new FileInfo($"/proc/{pid}/ns/pid").LinkTarget);

    static string[] ArgumentsOf(int pid) => Try(() => File.ReadAllText($"/proc/{pid}/cmdline"))?.Split('\0') ?? [];

    /// <summary>Null for a process that ended meanwhile.</summary>
    static string? Try(Func<string?> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);
}
