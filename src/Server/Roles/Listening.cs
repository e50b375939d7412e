using MeshMcp.Contracts.Errors;
using MeshMcp.Server.Http;

namespace MeshMcp.Server.Roles;

static class Listening
{
    /// <exception cref="MeshException">Unavailable: the address is taken, or not this machine's.</exception>
    public static async Task ListenAsync(this WebApplication app, HttpSettings settings)
    {
        try
        {
            await app.StartAsync();
        }
        catch (IOException e)
        {
            throw new MeshException(ErrorKind.Unavailable, $"Cannot listen: {e.Message}", settings.Listen.ToString(), inner: e);
        }
    }
}
