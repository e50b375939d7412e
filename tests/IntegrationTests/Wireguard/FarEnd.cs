using System.Diagnostics;
using MeshMcp.Lab;
using MeshMcp.TestKit;

namespace MeshMcp.IntegrationTests.Wireguard;

/// <summary>A WireGuard device at the other end, carried by a real <c>wireguard-go</c> in an edge of the lab.</summary>
sealed class FarEnd : IAsyncDisposable
{
    readonly MeshLab _lab;
    readonly string _place;
    readonly Process _carrier;

    FarEnd(MeshLab lab, string place, string device, Process carrier) => (_lab, _place, Device, _carrier) = (lab, place, device, carrier);

    public string Device { get; }

    /// <param name="configuration">In the form of <c>wg setconf</c>.</param>
    public static async Task<FarEnd> StartAsync(MeshLab lab, string place, string name, string configuration, string address)
    {
        // The edges share the machine's folder of control sockets.
        var device = $"{name}{Environment.ProcessId}";
        var carrier = lab.In(place, "wireguard-go", "--foreground", device).Start();
        carrier.StandardInput.Close();
        var end = new FarEnd(lab, place, device, carrier);
        try
        {
            await Eventually.True(async () => (await lab.In(place, "wg", "show", device).RunAsync()).ExitCode == 0, WireguardLab.Hangs, $"{device} answers");
            await lab.In(place, "wg", "setconf", device, "/dev/stdin").TextAsync(configuration);
            await lab.In(place, "ip", "address", "add", address, "dev", device).TextAsync();
            await lab.In(place, "ip", "link", "set", device, "mtu", "1280", "up").TextAsync();
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

    public async ValueTask DisposeAsync()
    {
        if (!_carrier.HasExited) _carrier.Kill();
        await _carrier.WaitForExitAsync();
        _carrier.Dispose();
        // The kernel takes the device away a moment after its process, and the next of the same name would find it busy.
        await Eventually.True(async () => (await _lab.In(_place, "ip", "link", "show", Device).RunAsync()).ExitCode != 0, WireguardLab.Hangs, $"{Device} is gone");
        File.Delete($"/run/wireguard/{Device}.sock");
    }
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
