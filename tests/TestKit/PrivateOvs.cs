using System.Net.Sockets;

namespace MeshMcp.TestKit;

/// <summary>A real Open vSwitch of a test's own: both daemons in a namespace and a folder of their own, userspace datapath.</summary>
public sealed class PrivateOvs : IAsyncDisposable
{
    const string Prefix = "meshmcp-ovs-";
    const string Schema = "/usr/share/openvswitch/vswitch.ovsschema";

    static readonly TimeSpan Hangs = TimeSpan.FromSeconds(20);
    static readonly Lazy<Task<byte[]>> EmptyDatabase = new(CreateDatabaseAsync);

    Daemon? database;
    Daemon? vswitchd;

    PrivateOvs(NetworkNamespace inside, string folder) => (Namespace, Folder) = (inside, folder);

    public NetworkNamespace Namespace { get; }

    /// <summary>The daemons' run directory: sockets, pid files, logs.</summary>
    public string Folder { get; }

    public string DbSocket => Path.Combine(Folder, "db.sock");

    public static async Task<PrivateOvs> StartAsync(CancellationToken ct = default)
    {
        if (!File.Exists(Schema)) Xunit.Assert.Skip("needs the Debian package openvswitch-switch");
        RemoveLeftovers();
        var empty = await EmptyDatabase.Value;
        var folder = Directory.CreateTempSubdirectory($"{Prefix}{System.Environment.ProcessId}-").FullName;
        var ovs = new PrivateOvs(await NetworkNamespace.CreateAsync(ct), folder);
        try
        {
            await File.WriteAllBytesAsync(Path.Combine(folder, "conf.db"), empty, ct);
            await ovs.StartDatabaseAsync(ct);
            await ovs.StartVswitchdAsync(ct);
            return ovs;
        }
        catch
        {
            await ovs.DisposeAsync();
            throw;
        }
    }

    public async Task StartDatabaseAsync(CancellationToken ct = default)
    {
        database = Namespace.Start("ovsdb-server",
            [Path.Combine(Folder, "conf.db"), $"--remote=punix:{DbSocket}", "--pidfile", "--log-file", "-vconsole:off", "-vsyslog:off"], Environment);
        await Ready(database, () => Accepts(DbSocket), "ovsdb-server", ct);
    }

    public async Task StartVswitchdAsync(CancellationToken ct = default)
    {
        vswitchd = Namespace.Start("ovs-vswitchd",
            [$"unix:{DbSocket}", "--pidfile", "--log-file", "-vconsole:off", "-vsyslog:off", "--disable-system"], Environment);
        await Ready(vswitchd, () => ControlSocket("ovs-vswitchd") is { } socket && Accepts(socket), "ovs-vswitchd", ct);
    }

    /// <summary>SIGKILL, as a crash.</summary>
    public Task KillDatabaseAsync() => database!.KillAsync();

    /// <summary>SIGKILL, as a crash: all flows are lost, the database keeps bridges and ports.</summary>
    public Task KillVswitchdAsync() => vswitchd!.KillAsync();

    /// <summary>An Open vSwitch tool on this instance: bridges are found by name.</summary>
    public Task<string> RunAsync(string tool, params IReadOnlyList<string> arguments) =>
        Run.ToEndAsync(tool, arguments, Environment);

    public async ValueTask DisposeAsync()
    {
        await Namespace.DisposeAsync();
        database?.Dispose();
        vswitchd?.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>
    {
        ["OVS_RUNDIR"] = Folder,
        ["OVS_LOGDIR"] = Folder,
        ["OVS_DBDIR"] = Folder,
        ["OVS_SYSCONFDIR"] = Folder,
    };

    string? ControlSocket(string daemon) =>
        Path.Combine(Folder, $"{daemon}.pid") is var file && File.Exists(file) ? Path.Combine(Folder, $"{daemon}.{File.ReadAllText(file).Trim()}.ctl") : null;

    static Task Ready(Daemon daemon, Func<bool> ready, string name, CancellationToken ct) => Eventually.True(
        () => daemon.HasExited ? throw new InvalidOperationException($"{name} ended: {daemon.LastWords}") : ready(), Hangs, $"{name} is ready", ct);

    static bool Accepts(string socket)
    {
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            client.Connect(new UnixDomainSocketEndPoint(socket));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    static async Task<byte[]> CreateDatabaseAsync()
    {
        var folder = Directory.CreateTempSubdirectory($"{Prefix}{System.Environment.ProcessId}-");
        try
        {
            var file = Path.Combine(folder.FullName, "conf.db");
            await Run.ToEndAsync("ovsdb-tool", ["create", file, Schema]);
            await Run.ToEndAsync("ovsdb-tool", ["transact", file, """["Open_vSwitch",{"op":"insert","table":"Open_vSwitch","row":{}}]"""]);
            return await File.ReadAllBytesAsync(file);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Folders of test processes that were killed before they could clean up.</summary>
    static void RemoveLeftovers()
    {
        foreach (var folder in Directory.EnumerateDirectories(Path.GetTempPath(), $"{Prefix}*"))
        {
            if (!int.TryParse(Path.GetFileName(folder)[Prefix.Length..].Split('-')[0], out var pid) || Directory.Exists($"/proc/{pid}")) continue;
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (DirectoryNotFoundException)
            {
                // Another test process removes the same.
            }
        }
    }
}
