using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Files;
using MeshMcp.HostBridge.Host.Lxc;

namespace MeshMcp.HostBridge.Systems.Xray;

/// <summary>Configurations in the root file systems of containers.</summary>
/// <param name="containers">Where LXC keeps them, <c>/var/lib/lxc</c>.</param>
public sealed class XrayFiles(string containers)
{
    /// <summary>As the program in the container is started with.</summary>
    public const string Path = "/etc/meshmcp/xray.json";
    const int Largest = 4 * 1024 * 1024;

    public bool HasRoot(string container) => Directory.Exists(RootOf(container));

    /// <summary>Null when there is no such file.</summary>
    public string? DigestIn(string container)
    {
        try
        {
            return RootedFiles.Read(RootOf(container), Path, Largest) is { } content ? XrayRendering.DigestOf(content) : null;
        }
        catch (IOException)
        {
            // Something else of that name: writing there puts it right, or tells why not.
            return null;
        }
    }

    /// <summary>Atomically, readable by the container's root alone.</summary>
    /// <exception cref="MeshException">Conflict: something else is in the way.</exception>
    public void Put(string container, byte[] content)
    {
        try
        {
            RootedFiles.Write(RootOf(container), Path, content, AtomicFile.Secret);
        }
        catch (IOException e)
        {
            throw new MeshException(ErrorKind.Conflict, $"The configuration cannot be written into container {container}: {e.Message}", $"container {container}", $"Look at {Path} in the container; it has to be a plain file in plain folders.", e);
        }
    }

    public void Delete(string container) => RootedFiles.Delete(RootOf(container), Path);

    string RootOf(string container) => System.IO.Path.Combine(containers, container, "rootfs");
}
