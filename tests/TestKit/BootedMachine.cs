using System.Globalization;

namespace MeshMcp.TestKit;

/// <summary>
/// A machine that was booted by a real systemd, with message bus, polkit and PackageKit, over this machine's own file system, of which it changes nothing.
/// It has its own processes, mounts, cgroups and network; its only source of packages is <see cref="Packages"/>.
/// </summary>
public sealed class BootedMachine : IAsyncDisposable
{
    const string Prefix = "meshmcp-boot-";
    static readonly string[] Needed = ["/lib/systemd/systemd", "/usr/bin/dbus-daemon", "/usr/libexec/packagekitd", "/usr/bin/pkcon"];
    static readonly TimeSpan Hangs = TimeSpan.FromSeconds(60);

    readonly NetworkNamespace _inside;
    readonly string _cgroup;
    Daemon? _boot;
    int _first;

    BootedMachine(NetworkNamespace inside)
    {
        _inside = inside;
        Folder = Directory.CreateTempSubdirectory($"{Prefix}{Environment.ProcessId}-").FullName;
        _cgroup = Path.Combine(Cgroups, Path.GetFileName(Folder));
        Packages = new(Path.Combine(Folder, "repo"));
    }

    public string Folder { get; }

    /// <summary>Its <c>/run</c>, seen from here.</summary>
    public string RunFolder => Path.Combine(Folder, "run");

    public PackageSource Packages { get; }

    /// <summary>Its system bus, for who is not inside.</summary>
    public string BusAddress => $"unix:path={RunFolder}/dbus/system_bus_socket";

    /// <summary>Its root directory, seen from here.</summary>
    public string Root => $"/proc/{_first}/root";

    /// <param name="programs">Folders that are in it as they are here; null: those of our programs.</param>
    public static async Task<BootedMachine> StartAsync(IReadOnlyList<string>? programs = null)
    {
        if (Needed.FirstOrDefault(f => !File.Exists(f)) is { } missing) Xunit.Assert.Skip($"needs {missing}: the Debian packages systemd, dbus, polkitd and packagekit");
        RemoveLeftovers();
        var machine = new BootedMachine(await NetworkNamespace.CreateAsync());
        try
        {
            await machine.BootAsync(programs ?? PrivateNode.ProgramFolders);
            return machine;
        }
        catch
        {
            await machine.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a program inside to its end; returns its standard output, throws with its standard error on a non-zero exit.</summary>
    public Task<string> ExecAsync(string program, params IReadOnlyList<string> arguments) => Run.ToEndAsync("nsenter", [.. Inside, program, .. arguments]);

    /// <summary>Starts a long-lived program inside; it dies with the machine at the latest.</summary>
    public Daemon Start(string program, IReadOnlyList<string> arguments) => new(Run.Start("nsenter", [.. Inside, program, .. arguments]));

    /// <summary>A unit file, loaded.</summary>
    public async Task AddUnitAsync(string name, string content)
    {
        await File.WriteAllTextAsync($"{Root}/etc/systemd/system/{name}", content);
        await ExecAsync("systemctl", "daemon-reload");
    }

    /// <summary>Open vSwitch is installed, and stopped; machines have none by themselves.</summary>
    public async Task AddOpenVSwitchAsync()
    {
        foreach (var unit in new[] { "openvswitch-switch", "ovs-vswitchd", "ovsdb-server" }) File.Delete($"{RunFolder}/systemd/system/{unit}.service");
        await ExecAsync("systemctl", "daemon-reload");
    }

    /// <summary>A property of a unit, <c>ActiveState</c>, as systemctl shows it.</summary>
    public async Task<string> ShowAsync(string unit, string property) => (await ExecAsync("systemctl", "show", "--value", $"--property={property}", unit)).Trim();

    public async ValueTask DisposeAsync()
    {
        await _inside.DisposeAsync();
        _boot?.Dispose();
        await Eventually.True(() => Remove(_cgroup), Hangs, $"{_cgroup} is empty");
        Directory.Delete(Folder, recursive: true);
    }

    IReadOnlyList<string> Inside => [$"--target={_first}", "--mount", "--pid", "--uts", "--ipc", "--net", "--"];

    static string Cgroups => Directory.Exists("/sys/fs/cgroup/unified") ? "/sys/fs/cgroup/unified" : "/sys/fs/cgroup";

    async Task BootAsync(IReadOnlyList<string> programs)
    {
        Directory.CreateDirectory(_cgroup);
        _boot = _inside.Start(Path.Combine(AppContext.BaseDirectory, "boot-machine"), [Folder, _cgroup, .. programs]);
        await Eventually.True(() =>
        {
            if (_boot.HasExited) throw new InvalidOperationException($"it ended: {_boot.LastWords}");
            if (_boot.Pid is not { } unshare || Run.ChildOf(unshare) is not { } first) return false;
            _first = first;
            return File.Exists($"{RunFolder}/dbus/system_bus_socket");
        }, Hangs, "the machine has a bus");
        await Eventually.True(async () => (await ExecAsync("systemctl", "is-system-running", "--wait")).Trim() == "running", Hangs, "the machine is running");
    }

    static bool Remove(string cgroup)
    {
        if (!Directory.Exists(cgroup)) return true;
        foreach (var child in Directory.GetDirectories(cgroup)) Remove(child);
        Directory.Delete(cgroup);
        return !Directory.Exists(cgroup);
    }

    /// <summary>Of test processes that were killed before they could clean up.</summary>
    static void RemoveLeftovers()
    {
        foreach (var left in Directory.EnumerateDirectories(Path.GetTempPath(), $"{Prefix}*").Concat(Directory.EnumerateDirectories(Cgroups, $"{Prefix}*")))
        {
            if (int.TryParse(Path.GetFileName(left)[Prefix.Length..].Split('-')[0], CultureInfo.InvariantCulture, out var pid) && Directory.Exists($"/proc/{pid}")) continue;
            try
            {
                if (left.StartsWith(Cgroups, StringComparison.Ordinal)) Remove(left);
                else Directory.Delete(left, recursive: true);
            }
            catch (IOException)
            {
                // Another test process removes the same.
            }
        }
    }
}
