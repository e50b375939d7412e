using System.Runtime.InteropServices;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.HostBridge.Host.Lxc;

/// <summary>Starts, stops and enters containers with LXC's own programs, from the node's own network namespace: that is where LXC's command socket lives.</summary>
public sealed partial class LxcPrograms(ICommandRunner commands, ContainerFolders folders, ContainerProcesses processes, LinkAddresses links, TimeProvider time)
{
    static readonly string[] Environment = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LC_ALL=C"];
    static readonly int[] AnyCode = [.. Enumerable.Range(0, 256)];
    const int GraceSeconds = 5, SigKill = 9;
    static readonly TimeSpan StartWithin = TimeSpan.FromSeconds(30), StopWithin = TimeSpan.FromSeconds(20), SettleWithin = TimeSpan.FromSeconds(5), Poll = TimeSpan.FromMilliseconds(10);

    public static bool Installed => ProgramPath.IsThere("lxc-start");

    public Task CreateAsync(Rendering rendering, RootfsSource source, CancellationToken ct) => folders.CreateAsync(rendering, source, ct);

    /// <summary>Writes its files anew and starts it; whatever runs of it ends first.</summary>
    public async Task StartAsync(Rendering rendering, CancellationToken ct)
    {
        await StopAsync(rendering.Id, rendering.Veth, ct);
        processes.Forget(rendering.Id);
        using var rootfs = await folders.MountAsync(rendering, ct);
        if (!RootedFiles.Exists(ContainerFolders.RootfsOf(rendering.Id), ContainerFolders.Shell))
            throw new MeshException(ErrorKind.NotSupported, $"The root file system of container {rendering.Id} has no /{ContainerFolders.Shell}, which its init needs.", rendering.Id, "Give it a template with a shell.");
        ContainerFolders.Write(rendering);
        ContainerFolders.WriteFiles(rendering);
        using var staged = Staged(rendering);
        File.Delete(ContainerFolders.LogOf(rendering.Id));
        try
        {
            await commands.RunAsync(Command.Of("lxc-start", "-n", rendering.Id, "-P", ContainerFolders.Root, "-C", "-l", "ERROR", "-o", ContainerFolders.LogOf(rendering.Id)) with { Timeout = StartWithin }, ct);
        }
        catch (MeshException e) when (e.Error.Kind == ErrorKind.CommandFailed)
        {
            await StopAsync(rendering.Id, rendering.Veth, ct);
            throw new MeshException(ErrorKind.CommandFailed, $"Container {rendering.Id} does not start: {ContainerFolders.LastWords(rendering.Id)}", rendering.Id, $"The whole log is in {ContainerFolders.LogOf(rendering.Id)}.", e);
        }
        // The init's environment shows a moment after lxc-start has ended.
        await UntilAsync(() => processes.Find().Any(p => p.Id == rendering.Id && p.Revision == rendering.Revision && p.Monitor is not null), ct);
    }

    /// <summary>Makes the root file system as large as its limit, also while it is in use.</summary>
    public async Task GrowAsync(Rendering rendering, CancellationToken ct)
    {
        using var rootfs = await folders.MountAsync(rendering, ct);
    }

    static StagedMounts Staged(Rendering rendering)
    {
        try
        {
            return new(rendering);
        }
        catch (IOException e)
        {
            throw new MeshException(ErrorKind.Conflict, $"Container {rendering.Id} does not start with what it mounts: {e.Message}", $"container {rendering.Id}", "Correct the source of that mount in the state, or the host.", e);
        }
    }

    /// <summary>Ends a container, also one whose monitor is gone, and returns when its device is gone too.</summary>
    public async Task StopAsync(string id, string? veth, CancellationToken ct)
    {
        if (!processes.Find().Any(p => p.Id == id)) return;
        try
        {
            if (processes.Find().Any(p => p.Id == id && p.Monitor is not null))
                await commands.RunAsync(Command.Of("lxc-stop", "-n", id, "-P", ContainerFolders.Root, "-t", $"{GraceSeconds}") with { Timeout = StopWithin }, ct);
        }
        catch (MeshException e) when (e.Error.Kind is ErrorKind.CommandFailed or ErrorKind.Timeout)
        {
            // What is still there is ended below.
        }
        foreach (var left in processes.Find().Where(p => p.Id == id)) _ = Kill(left.Pid, SigKill);
        if (!await UntilAsync(() => processes.Find().All(p => p.Id != id) && (veth is null || !links.Names().Contains(veth)), ct))
            throw new MeshException(ErrorKind.Timeout, $"Container {id} does not end.", id, "Look for a process of it that the kernel holds (state D) on the node.");
    }

    public async Task DeleteAsync(string id, string? veth, CancellationToken ct)
    {
        await StopAsync(id, veth, ct);
        processes.Forget(id);
        folders.Discard(id);
    }

    /// <summary>Runs a program in a running container to its end, whatever its exit code.</summary>
    public Task<CommandResult> ExecAsync(string id, IReadOnlyList<string> command, TimeSpan timeout, int keep, CancellationToken ct) =>
        commands.RunAsync(new Command("lxc-attach", ["-n", id, "-P", ContainerFolders.Root, "--clear-env", .. Environment.SelectMany(v => new[] { "--set-var", v }), "--", .. command])
        {
            Timeout = timeout,
            Keep = keep,
            SuccessCodes = AnyCode,
        }, ct);

    async Task<bool> UntilAsync(Func<bool> holds, CancellationToken ct)
    {
        var began = time.GetTimestamp();
        while (!holds())
        {
            if (time.GetElapsedTime(began) > SettleWithin) return false;
            await Task.Delay(Poll, time, ct);
        }
        return true;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
