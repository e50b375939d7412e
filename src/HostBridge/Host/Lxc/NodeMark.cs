using System.Security.Cryptography;
using System.Text;
using MeshMcp.Contracts.Files;

namespace MeshMcp.HostBridge.Host.Lxc;

/// <summary>Some characters that mark this node's containers among all processes of the kernel; made once.</summary>
static class NodeMark
{
    public static string Of(string stateFolder)
    {
        var file = Path.Combine(stateFolder, "container-mark");
        if (!File.Exists(file)) AtomicFile.Write(file, Encoding.ASCII.GetBytes(RandomNumberGenerator.GetHexString(16, lowercase: true)), AtomicFile.Public);
        return File.ReadAllText(file);
    }
}
