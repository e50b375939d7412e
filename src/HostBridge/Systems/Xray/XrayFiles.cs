using System.Text.Json;
using MeshMcp.Contracts.Errors;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Systems.Xray;

/// <summary>Configurations in the root file systems of containers.</summary>
/// <param name="containers">Where LXC keeps them, <c>/var/lib/lxc</c>.</param>
public sealed class XrayFiles(string containers)
{
    /// <summary>As the program in the container is started with.</summary>
    public const string Path = "/etc/meshmcp/xray.json";
    const string Folder = "etc/meshmcp", Name = "xray.json";
    const int Largest = 4 * 1024 * 1024;

    public bool HasRoot(string container) => Directory.Exists(RootOf(container));

    /// <summary>Null when there is no such file.</summary>
    public string? DigestIn(string container)
    {
        try
        {
            using var folder = HasRoot(container) ? RootedFolder.Open(RootOf(container), Folder, create: false) : null;
            return folder?.Read(Name, Largest) is { } content ? XrayRendering.DigestOf(content) : null;
        }
        catch (IOException)
        {
            // A link or no folder: writing there tells why not.
            return null;
        }
    }

    /// <exception cref="MeshException">Conflict: something else is in the way.</exception>
    public void Put(string container, byte[] content)
    {
        try
        {
            using var folder = RootedFolder.Open(RootOf(container), Folder, create: true)!;
            folder.Write(Name, content);
        }
        catch (IOException e)
        {
            throw new MeshException(ErrorKind.Conflict, $"The configuration cannot be written into container {container}: {e.Message}", $"container {container}", $"Look at {Path} in the container; it has to be a plain file in plain folders.", e);
        }
    }

    public void Delete(string container)
    {
        using var folder = RootedFolder.Open(RootOf(container), Folder, create: false);
        folder?.Delete(Name);
    }

    string RootOf(string container) => System.IO.Path.Combine(containers, container, "rootfs");
}
