using System.Diagnostics;

namespace MeshMcp.TestKit;

/// <summary>
/// A network and process namespace of a test's own, without a name anywhere. Its first process waits on a pipe from this one: when the test process
/// ends, however it ends, the kernel kills everything inside and removes its devices.
/// </summary>
public sealed class NetworkNamespace : IAsyncDisposable
{
    readonly Process holder;

    NetworkNamespace(Process holder) => this.holder = holder;

    /// <summary>A process inside the network namespace, for <c>ip link set DEVICE netns PID</c> and <c>nsenter --target</c>.</summary>
    public int Pid => holder.Id;

    public static async Task<NetworkNamespace> CreateAsync(CancellationToken ct = default)
    {
        RequireRoot();
        var holder = Run.Start("unshare", ["--net", "--pid", "--fork", "--kill-child", "cat"]);
        var made = new NetworkNamespace(holder);
        try
        {
            var ours = new FileInfo("/proc/self/ns/net").LinkTarget;
            await Eventually.True(
                () => new FileInfo($"/proc/{holder.Id}/ns/net").LinkTarget is { } net && net != ours && Run.ChildOf(holder.Id) is not null,
                TimeSpan.FromSeconds(10), "the namespace exists", ct);
            await made.ExecAsync("ip", "link", "set", "lo", "up");
            return made;
        }
        catch
        {
            await made.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a program inside to its end; returns its standard output, throws with its standard error on a non-zero exit.</summary>
    public Task<string> ExecAsync(string program, params IReadOnlyList<string> arguments) =>
        Run.ToEndAsync("nsenter", [Network, program, .. arguments]);

    /// <summary>Starts a long-lived program inside; it dies with the namespace at the latest.</summary>
    public Daemon Start(string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null) =>
        new(Run.Start("nsenter", [Network, Processes, program, .. arguments], environment));

    /// <summary>Makes a pair of connected devices inside, both up.</summary>
    public async Task AddVethAsync(string name, string peer)
    {
        await ExecAsync("ip", "link", "add", name, "type", "veth", "peer", "name", peer);
        await ExecAsync("ip", "link", "set", name, "up");
        await ExecAsync("ip", "link", "set", peer, "up");
    }

    public async ValueTask DisposeAsync()
    {
        holder.Kill();
        await holder.WaitForExitAsync();
        holder.Dispose();
    }

    string Network => $"--net=/proc/{Pid}/ns/net";

    string Processes => $"--pid=/proc/{Pid}/ns/pid_for_children";

    static void RequireRoot()
    {
        if (!Environment.IsPrivilegedProcess) Xunit.Assert.Skip("needs root to make namespaces");
    }
}
