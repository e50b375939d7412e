using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using MeshMcp.HostBridge.Host;
using Xunit;

namespace MeshMcp.UnitTests.Host;

public sealed class HeldPathTests
{
    const int OwnMounts = 0x20000;

    /// <summary>In a mount namespace of a thread's own, which ends with it.</summary>
    [Fact]
    public void What_is_mounted_whole_is_read_only_with_all_that_is_mounted_below_it()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root mounts.");
        var folder = Directory.CreateTempSubdirectory("meshmcp-held-").FullName;
        ExceptionDispatchInfo? failure = null;
        var alone = new Thread(() =>
        {
            try
            {
                Look(folder);
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        alone.Start();
        alone.Join();
        Directory.Delete(folder, recursive: true);
        failure?.Throw();
    }

    static void Look(string folder)
    {
        Assert.Equal(0, Unshare(OwnMounts));
        var (source, below, whole, top) = ($"{folder}/source", $"{folder}/source/below", $"{folder}/whole", $"{folder}/top");
        foreach (var made in new[] { source, whole, top }) Directory.CreateDirectory(made);
        Mount("--make-rprivate", "/");
        Mount("-t", "tmpfs", "none", source);
        Directory.CreateDirectory(below);
        Mount("-t", "tmpfs", "none", below);
        File.WriteAllText($"{below}/there", "");

        using var held = HeldPath.Open(source);
        held.MountOn(whole, whole: true);
        held.MountOn(top, whole: false);

        Assert.True(File.Exists($"{whole}/below/there"));
        foreach (var place in new[] { whole, $"{whole}/below" }) Assert.Contains("Read-only", Assert.ThrowsAny<IOException>(() => File.WriteAllText($"{place}/new", "")).Message, StringComparison.Ordinal);
        Assert.False(File.Exists($"{top}/below/there"));
        // The host's own mounts are as they were.
        File.WriteAllText($"{below}/new", "");
    }

    static void Mount(params string[] words)
    {
        using var mount = Process.Start("mount", words);
        mount.WaitForExit();
        Assert.Equal(0, mount.ExitCode);
    }

    [DllImport("libc", EntryPoint = "unshare")]
    static extern int Unshare(int flags);
}
