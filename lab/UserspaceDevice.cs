using System.Diagnostics;
using MeshMcp.Contracts.Errors;
using MeshMcp.Lab.Topology;

namespace MeshMcp.Lab;

/// <summary>A WireGuard device in a place of the lab that is not the host bridge's, carried by a real <c>wireguard-go</c>.</summary>
public sealed class UserspaceDevice(MeshLab lab, string place, string name) : IAsyncDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60), Answer = TimeSpan.FromSeconds(10), Poll = TimeSpan.FromMilliseconds(20);

    Process? _carrier;

    public string Name => name;

    /// <summary>Returns when the device answers; throws with the last words of <c>wireguard-go</c> when it does not within 60 s.</summary>
    /// <remarks>A <c>wg show</c> of anybody that meets a control socket between its bind and its listen, or one that was left behind,
    /// takes it for dead and deletes it: then <c>wireguard-go</c> ends with "Failed to listen on uapi socket", and is started again.</remarks>
    public async Task StartAsync()
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            _carrier = lab.In(place, "wireguard-go", "--foreground", name).Start();
            _carrier.StandardInput.Close();
            var (text, errors) = (_carrier.StandardOutput.ReadToEndAsync(), _carrier.StandardError.ReadToEndAsync());
            for (var started = clock.Elapsed; !_carrier.HasExited && clock.Elapsed - started < Answer;)
            {
                if (await DoesAsync("wg", "show", name)) return;
                await Task.Delay(Poll);
            }
            await StopAsync();
            if (clock.Elapsed > Patience) throw new MeshException(ErrorKind.Timeout, $"wireguard-go made no device {name}: {await text}{await errors}", name);
        }
    }

    /// <summary>Gives the device keys and peers, in the form of <c>wg setconf</c>, an address and an MTU, and sets it up.</summary>
    public async Task ShapeAsync(string configuration, string address, int mtu)
    {
        await lab.In(place, "wg", "setconf", name, "/dev/stdin").TextAsync(configuration);
        await lab.In(place, "ip", "address", "add", address, "dev", name).TextAsync();
        await lab.In(place, "ip", "link", "set", name, "mtu", $"{mtu}", "up").TextAsync();
    }

    /// <summary>The device is gone, as when wg-quick or netclient makes it anew.</summary>
    public async Task StopAsync()
    {
        if (_carrier is null) return;
        if (!_carrier.HasExited) _carrier.Kill();
        await _carrier.WaitForExitAsync();
        _carrier.Dispose();
        _carrier = null;
        // The kernel takes the device away a moment after its process, and the next of the same name would find it busy.
        for (var clock = Stopwatch.StartNew(); await DoesAsync("ip", "link", "show", name); await Task.Delay(Poll))
        {
            if (clock.Elapsed > Patience) throw new MeshException(ErrorKind.Timeout, $"The device {name} is still there", name);
        }
        File.Delete(Ground.Source(lab.Site.Place(place), $"/run/wireguard/{name}.sock"));
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    async Task<bool> DoesAsync(params string[] words) => (await lab.In(place, words).RunAsync()).ExitCode == 0;
}
