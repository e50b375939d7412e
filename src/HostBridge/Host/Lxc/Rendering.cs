namespace MeshMcp.HostBridge.Host.Lxc;

/// <summary>A container's item as files: everything that LXC and the container's init are given.</summary>
/// <param name="Item">The item as JSON, kept beside the configuration.</param>
/// <param name="Config">LXC's configuration file.</param>
/// <param name="Files">Written into the root file system before each start.</param>
/// <param name="Revision">Differs whenever anything of it does.</param>
public sealed record Rendering(string Id, string Veth, string Item, string Config, IReadOnlyList<RenderedFile> Files, string Revision);

public sealed record RenderedFile(string Path, byte[] Content, UnixFileMode Mode);
