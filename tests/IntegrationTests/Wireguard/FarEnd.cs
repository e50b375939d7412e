using MeshMcp.Lab;

namespace MeshMcp.IntegrationTests.Wireguard;

/// <summary>A WireGuard device at the other end, in an edge of the lab.</summary>
sealed class FarEnd : IAsyncDisposable
{
    readonly MeshLab _lab;
    readonly string _place;
    readonly UserspaceDevice _device;

    FarEnd(MeshLab lab, string place, UserspaceDevice device) => (_lab, _place, _device) = (lab, place, device);

    public string Device => _device.Name;

    /// <param name="configuration">In the form of <c>wg setconf</c>.</param>
    public static async Task<FarEnd> StartAsync(MeshLab lab, string place, string name, string configuration, string address)
    {
        // The edges share the machine's folder of control sockets.
        var end = new FarEnd(lab, place, new(lab, place, $"{name}{Environment.ProcessId}"));
        try
        {
            await end._device.StartAsync();
            await end._device.ShapeAsync(configuration, address, 1280);
            return end;
        }
        catch
        {
            await end.DisposeAsync();
            throw;
        }
    }

    public Task<string> ShowAsync(string what) => _lab.In(_place, "wg", "show", Device, what).TextAsync();

    public Task RouteAsync(string network) => _lab.In(_place, "ip", "route", "add", network, "dev", Device).TextAsync();

    public ValueTask DisposeAsync() => _device.DisposeAsync();
}

/// <summary>A key pair made by <c>wg</c>.</summary>
sealed record Pair(string Private, string Public)
{
    public static async Task<Pair> MakeAsync(MeshLab lab)
    {
        var key = (await lab.In("internet", "wg", "genkey").TextAsync()).Trim();
        return new(key, (await lab.In("internet", "wg", "pubkey").TextAsync(key)).Trim());
    }
}
