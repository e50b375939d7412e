using System.Runtime.InteropServices;

namespace MeshMcp.Contracts.Files;

/// <summary>Where a file is on its way to the disk.</summary>
enum DiskMoment
{
    /// <summary>With the kernel; a power cut may still take it.</summary>
    Written,
    Synced,
}

/// <summary>The one place where files and folders are brought to the disk.</summary>
public static partial class Durable
{
    const int CloseOnExec = 0x80000;

    /// <summary>Told of every moment of the flow of control that set it, so that a power cut at each can be tried out.</summary>
    internal static readonly AsyncLocal<Action<DiskMoment, string>?> Watch = new();

    public static void Sync(FileStream file)
    {
        file.Flush();
        Watch.Value?.Invoke(DiskMoment.Written, file.Name);
        file.Flush(flushToDisk: true);
        Watch.Value?.Invoke(DiskMoment.Synced, file.Name);
    }

    /// <summary>So that files made, renamed and deleted in it are so after a power cut.</summary>
    public static void SyncFolder(string folder)
    {
        Watch.Value?.Invoke(DiskMoment.Written, folder);
        var descriptor = Open(folder, CloseOnExec);
        if (descriptor < 0) throw new IOException($"Cannot open {folder}: {Marshal.GetLastPInvokeErrorMessage()}");
        try
        {
            if (Sync(descriptor) < 0) throw new IOException($"Cannot sync {folder}: {Marshal.GetLastPInvokeErrorMessage()}");
        }
        finally
        {
            _ = Close(descriptor);
        }
        Watch.Value?.Invoke(DiskMoment.Synced, folder);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
