using System.Net.NetworkInformation;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.HostBridge.Host;

/// <summary>Network devices as the runtime reads them: in several steps, and it stumbles over a device that comes or goes between them (as of .NET 10.0).</summary>
public static class Devices
{
    const int Tries = 8;

    /// <exception cref="MeshException">Unavailable: they change faster than they can be read.</exception>
    public static T Read<T>(Func<NetworkInterface[], T> read)
    {
        for (var left = Tries; ; left--)
        {
            try
            {
                return read(NetworkInterface.GetAllNetworkInterfaces());
            }
            catch (Exception e) when (e is ArgumentException or FormatException or NetworkInformationException)
            {
                if (left == 1) throw new MeshException(ErrorKind.Unavailable, $"The node's network devices cannot be read: {e.Message}", null, "Try again; when it stays so, see which devices come and go: ip monitor link");
            }
        }
    }
}
