using System.Diagnostics;
using MeshMcp.Lab;
using MeshMcp.TestKit;

namespace MeshMcp.IntegrationTests.Adapters;

/// <summary>A WireGuard device of a node that is not the host bridge's.</summary>
public sealed class NodeTunnel(MeshLab lab, string node, string device, string configuration, string address, int mtu) : IAsyncDisposable
{
    Process? _carrier;

    public async Task StartAsync()
    {
        _carrier = lab.In(node, "wireguard-go", "--foreground", device).Start();
        _carrier.StandardInput.Close();
        await Eventually.True(async () => (await lab.In(node, "wg", "show", device).RunAsync()).ExitCode == 0, TwoNodes.Hangs, $"{device} answers");
        await lab.In(node, "wg", "setconf", device, "/dev/stdin").TextAsync(configuration);
        await lab.In(node, "ip", "address", "add", address, "dev", device).TextAsync();
        await lab.In(node, "ip", "link", "set", device, "mtu", $"{mtu}", "up").TextAsync();
    }

    /// <summary>The device is gone, as when wg-quick or netclient makes it anew.</summary>
    public async Task StopAsync()
    {
        if (_carrier is null) return;
        if (!_carrier.HasExited) _carrier.Kill();
        await _carrier.WaitForExitAsync();
        _carrier.Dispose();
        _carrier = null;
        await Eventually.True(async () => (await lab.In(node, "ip", "link", "show", device).RunAsync()).ExitCode != 0, TwoNodes.Hangs, $"{device} is gone");
    }

    public async ValueTask DisposeAsync() => await StopAsync();
}
