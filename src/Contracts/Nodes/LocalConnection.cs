using System.Net.Sockets;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.Contracts.Nodes;

/// <summary>A connection to the host bridge's Unix socket.</summary>
public static class LocalConnection
{
    /// <exception cref="MeshException">Unavailable (absent, nobody listens), PermissionDenied, or InvalidArgument for a path that no socket can have.</exception>
    public static async ValueTask<NetworkStream> OpenAsync(string path, CancellationToken ct)
    {
        if (!File.Exists(path))
            throw new MeshException(ErrorKind.Unavailable, $"The host bridge's socket {path} does not exist.", path, "Start meshmcp-hostbridge on this machine, or name the socket.");
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (Exception e)
        {
            socket.Dispose();
            throw e switch
            {
                SocketException { SocketErrorCode: SocketError.AccessDenied } => new MeshException(ErrorKind.PermissionDenied, $"This user may not open {path}.", path, "Run as root or as a member of the socket's group.", e),
                SocketException => new MeshException(ErrorKind.Unavailable, $"Nothing answers on {path}.", path, "The host bridge is stopped or starting: look at its log, then try again.", e),
                ArgumentException => new MeshException(ErrorKind.InvalidArgument, $"{path} is too long for a socket's path.", path, "Use a path of at most 107 bytes.", e),
                _ => e,
            };
        }
    }
}
