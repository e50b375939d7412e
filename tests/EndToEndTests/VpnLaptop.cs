using System.Diagnostics;
using MeshMcp.TestKit;

namespace MeshMcp.EndToEndTests;

/// <summary>The user's laptop with a client configuration, by wireguard-go in the place <c>user</c>.</summary>
sealed class VpnLaptop : IAsyncDisposable
{
    static int connected;

    readonly Process device;

    VpnLaptop(Process device) => this.device = device;

    /// <summary>Only what the lab needs of it is routed: the containers and the web server. The lab has no IPv6.</summary>
    public static async Task<VpnLaptop> ConnectAsync(LabFixture fixture, string configuration)
    {
        // A device of that name that is just going would keep the next one from coming.
        var name = $"wl{Environment.ProcessId % 100000}-{Interlocked.Increment(ref connected)}";
        var device = fixture.Lab.In("user", "wireguard-go", "--foreground", name).Start();
        var laptop = new VpnLaptop(device);
        await Eventually.True(async () => device.HasExited ? throw new InvalidOperationException($"wireguard-go {name} ended with {device.ExitCode}") : (await fixture.Lab.In("user", "wg", "show", name).RunAsync()).ExitCode == 0, TimeSpan.FromSeconds(20), "the laptop's device is there");
        string[] lines = [.. configuration.Split('\n').Select(l => l.Trim())];
        var address = lines.First(l => l.StartsWith("Address", StringComparison.Ordinal)).Split('=', ',')[1].Trim();
        var keys = string.Join('\n', lines.Where(l => new[] { "Address", "DNS", "MTU" }.All(k => !l.StartsWith(k, StringComparison.Ordinal))));
        await fixture.Lab.In("user", "wg", "setconf", name, "/dev/stdin").TextAsync(keys);
        await fixture.Lab.In("user", "ip", "-batch", "-").TextAsync($"addr add {address} dev {name}\nlink set {name} mtu 1280 up\nroute replace 10.0.0.0/24 dev {name}\nroute replace {Traffic.Web}/32 dev {name}\n");
        return laptop;
    }

    public async ValueTask DisposeAsync()
    {
        device.Kill();
        await device.WaitForExitAsync();
        device.Dispose();
    }
}
