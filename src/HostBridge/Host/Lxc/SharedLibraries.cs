using MeshMcp.Contracts.Errors;

namespace MeshMcp.HostBridge.Host.Lxc;

/// <summary>This host's shared libraries that a .NET program needs, by their sonames.</summary>
static class SharedLibraries
{
    static readonly string[] Names =
        ["libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libgcc_s.so.1", "libstdc++.so.6", "libssl.so.3", "libcrypto.so.3", "libz.so.1"];

    /// <summary>Copies them, and the loader, to the same places below <paramref name="rootfs"/>.</summary>
    /// <exception cref="MeshException">Unavailable: one of them is not on this host.</exception>
    public static void CopyTo(string rootfs)
    {
        string[] folders = [.. Directory.EnumerateDirectories("/usr/lib", "*-linux-gnu"), "/usr/lib64", "/usr/lib"];
        foreach (var name in Names)
            Copy(folders.Select(f => $"{f}/{name}").FirstOrDefault(File.Exists)
                ?? throw new MeshException(ErrorKind.Unavailable, $"This node has no {name}.", name, "On Debian: apt-get install libssl3 libstdc++6 zlib1g"), rootfs);
        foreach (var loader in new[] { "/lib64", "/lib" }.Where(Directory.Exists).SelectMany(f => Directory.EnumerateFiles(f, "ld-linux*.so.*"))) Copy(loader, rootfs);
    }

    static void Copy(string file, string rootfs)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(rootfs + file)!);
        File.Copy(File.ResolveLinkTarget(file, returnFinalTarget: true)?.FullName ?? file, rootfs + file, overwrite: true);
    }
}
