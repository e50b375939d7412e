namespace MeshMcp.TestKit;

/// <summary>A real message bus of a test's own; everybody may do everything on it.</summary>
public sealed class PrivateBus : IAsyncDisposable
{
    static readonly TimeSpan Hangs = TimeSpan.FromSeconds(20);

    readonly NetworkNamespace _inside;
    readonly string _folder = Directory.CreateTempSubdirectory("meshmcp-bus-").FullName;
    Daemon? _daemon;

    PrivateBus(NetworkNamespace inside) => _inside = inside;

    public string Address => $"unix:path={Socket}";

    public static async Task<PrivateBus> StartAsync()
    {
        if (!File.Exists("/usr/bin/dbus-daemon")) Xunit.Assert.Skip("needs the Debian package dbus");
        var bus = new PrivateBus(await NetworkNamespace.CreateAsync());
        await bus.RestartAsync();
        return bus;
    }

    /// <summary>Kills it first, when it runs.</summary>
    public async Task RestartAsync()
    {
        if (_daemon is not null)
        {
            await _daemon.KillAsync();
            _daemon.Dispose();
            File.Delete(Socket);
        }
        _daemon = _inside.Start("dbus-daemon", ["--session", "--nofork", "--nopidfile", $"--address={Address}"]);
        await Eventually.True(() => _daemon.HasExited ? throw new InvalidOperationException(_daemon.LastWords) : File.Exists(Socket), Hangs, "the bus is ready");
    }

    public Task KillAsync() => _daemon!.KillAsync();

    public async ValueTask DisposeAsync()
    {
        await _inside.DisposeAsync();
        _daemon?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    string Socket => Path.Combine(_folder, "bus");
}
