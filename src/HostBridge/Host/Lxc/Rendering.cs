namespace MeshMcp.HostBridge.Host.Lxc;

/// <summary>A container's item as files: everything that LXC and the container's init are given.</summary>
/// <param name="Item">The item as JSON, kept beside the configuration.</param>
/// <param name="Config">LXC's configuration file.</param>
/// <param name="Files">Written into the root file system before each start.</param>
/// <param name="Mounts">What LXC's configuration mounts of the host.</param>
/// <param name="FirstId">Host id of the container's root; null when that is the host's.</param>
/// <param name="Disk">Bytes of the image that its root file system is made in; null: in a folder.</param>
/// <param name="Revision">Differs whenever anything of it does.</param>
public sealed record Rendering(string Id, string Veth, string Item, string Config, IReadOnlyList<RenderedFile> Files, IReadOnlyList<RenderedMount> Mounts, uint? FirstId, long? Disk, string Revision)
{
    /// <summary>How many users and groups a container has.</summary>
    public const int Ids = 65536;
}

public sealed record RenderedFile(string Path, byte[] Content, UnixFileMode Mode);
