using MeshMcp.Lab;

namespace MeshMcp.EndToEndTests;

/// <summary>The user's laptop with a client configuration, by wireguard-go in the place <c>user</c>.</summary>
sealed class VpnLaptop : IAsyncDisposable
{
    readonly UserspaceDevice _device;

    VpnLaptop(UserspaceDevice device) => _device = device;

    /// <summary>Only what the lab needs of it is routed: the containers and the web server. The lab has no IPv6.</summary>
    public static async Task<VpnLaptop> ConnectAsync(LabFixture fixture, string configuration)
    {
        var name = $"wl{Environment.ProcessId}";
        var laptop = new VpnLaptop(new(fixture.Lab, "user", name));
        string[] lines = [.. configuration.Split('\n').Select(l => l.Trim())];
        var address = lines.First(l => l.StartsWith("Address", StringComparison.Ordinal)).Split('=', ',')[1].Trim();
        var keys = string.Join('\n', lines.Where(l => new[] { "Address", "DNS", "MTU" }.All(k => !l.StartsWith(k, StringComparison.Ordinal))));
        try
        {
            await laptop._device.StartAsync();
            await laptop._device.ShapeAsync(keys, address, 1280);
            await fixture.Lab.In("user", "ip", "-batch", "-").TextAsync($"route replace 10.0.0.0/24 dev {name}\nroute replace {Traffic.Web}/32 dev {name}\n");
            return laptop;
        }
        catch
        {
            await laptop.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _device.DisposeAsync();
}
