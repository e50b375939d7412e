using System.Runtime.ExceptionServices;

namespace MeshMcp.Lab.Namespaces;

/// <summary>
/// A place on the lab's map. An edge is a network namespace; a node or a container has mounts and a host name of its own too,
/// so that every program in it finds its default paths.
/// </summary>
/// <param name="Name">As people call it: <c>vps</c>, <c>user</c>.</param>
/// <param name="NetworkFile">The network namespace's file, where <c>ip netns</c> looks for it.</param>
/// <param name="Folder">The place's own files; null for an edge.</param>
public sealed record Place(string Name, string NetworkFile, string? Folder)
{
    string MountFile => $"{Folder}/ns.mount";
    string HostFile => $"{Folder}/ns.host";

    /// <summary>Runs <paramref name="action"/> on a thread of its own that has moved into the place: sockets it makes and processes it starts are born there.</summary>
    public T Inside<T>(Func<T> action) => OnThread(() =>
    {
        Enter();
        return action();
    });

    public void Inside(Action action) => Inside(() =>
    {
        action();
        return true;
    });

    /// <summary>Moves the calling thread for good.</summary>
    internal void Enter()
    {
        if (Folder is not null)
        {
            // A mount namespace is entered only by a thread that shares its root and working directory with no other.
            Syscalls.Unshare(Syscalls.ShareFs);
            Syscalls.Enter(NetworkFile, Syscalls.NewNet);
            Syscalls.Enter(HostFile, Syscalls.NewUts);
            Syscalls.Enter(MountFile, Syscalls.NewMount);
        }
        else
        {
            Syscalls.Enter(NetworkFile, Syscalls.NewNet);
        }
    }

    /// <summary>Makes the namespaces and keeps them by their files, so that they outlive every process in them.</summary>
    /// <param name="arrange">Runs inside a node or container, where mounts are still the machine's but already private.</param>
    internal void Create(Action arrange)
    {
        foreach (var file in Folder is null ? [NetworkFile] : new[] { NetworkFile, MountFile, HostFile })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllBytes(file, []);
        }
        using var born = new ManualResetEventSlim();
        using var kept = new ManualResetEventSlim();
        var thread = 0;
        var work = Task.Factory.StartNew(() => OnThread(() =>
        {
            try
            {
                Syscalls.Unshare(Syscalls.NewNet | (Folder is null ? 0 : Syscalls.NewMount | Syscalls.NewUts));
                if (Folder is not null) Syscalls.Mount("none", "/", null, Syscalls.Private | Syscalls.Recursive);
                thread = Syscalls.ThreadId();
            }
            finally
            {
                born.Set();
            }
            kept.Wait();
            if (Folder is not null) Syscalls.HostName(Name);
            arrange();
            return true;
        }), TaskCreationOptions.LongRunning);
        born.Wait();
        try
        {
            if (thread == 0) return;
            Keep(thread, "net", NetworkFile);
            if (Folder is null) return;
            Keep(thread, "mnt", MountFile);
            Keep(thread, "uts", HostFile);
        }
        finally
        {
            kept.Set();
            work.GetAwaiter().GetResult();
        }
    }

    static void Keep(int thread, string kind, string file) =>
        Syscalls.Mount($"/proc/self/task/{thread}/ns/{kind}", file, null, Syscalls.Bind);

    internal static T OnThread<T>(Func<T> action)
    {
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                result = action();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        })
        { IsBackground = true };
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result;
    }
}
