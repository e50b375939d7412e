using MeshMcp.Lab;

namespace MeshMcp.IntegrationTests.Adapters;

/// <summary>A WireGuard device of a node that is not the host bridge's.</summary>
public sealed class NodeTunnel(MeshLab lab, string node, string device, string configuration, string address, int mtu) : IAsyncDisposable
{
    readonly UserspaceDevice _device = new(lab, node, device);

    public async Task StartAsync()
    {
        await _device.StartAsync();
        await _device.ShapeAsync(configuration, address, mtu);
    }

    public Task StopAsync() => _device.StopAsync();

    public ValueTask DisposeAsync() => _device.DisposeAsync();
}
