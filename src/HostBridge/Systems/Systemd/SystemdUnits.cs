using System.Threading.Channels;
using MeshMcp.Contracts.Errors;
using MeshMcp.HostBridge.DBus;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.Systems.Systemd;

/// <summary>Reads and changes units by systemd's own interface on the system bus.</summary>
public sealed class SystemdUnits(SystemBus bus, ICommandRunner commands, TimeProvider time)
{
    public const string Name = "org.freedesktop.systemd1";
    public const string Path = "/org/freedesktop/systemd1";
    public const string Manager = "org.freedesktop.systemd1.Manager";
    const string Unit = "org.freedesktop.systemd1.Unit", Service = "org.freedesktop.systemd1.Service";
    const int JournalLines = 5;

    /// <summary>Longer than systemd itself gives a unit by default.</summary>
    static readonly TimeSpan JobWithin = TimeSpan.FromSeconds(100);
    static readonly TimeSpan ReadWithin = TimeSpan.FromSeconds(5);
    static readonly TimeSpan ReloadWithin = TimeSpan.FromSeconds(60);

    /// <exception cref="DBusException">Nobody answers.</exception>
    public async Task<SeenUnit> ReadAsync(string name, CancellationToken ct)
    {
        var connection = await bus.ConnectAsync(ct);
        if (await PathOfAsync(connection, name, ct) is not { } path) return new(name, "", "not-found", "inactive", "dead", "");
        var unit = await PropertiesAsync(connection, path, Unit, ct);
        var (id, active) = (Text(unit, "Id"), Text(unit, "ActiveState"));
        var failure = active == "failed" || Text(unit, "SubState") == "auto-restart" ? await FailureAsync(connection, path, id, ct) : null;
        return new(id, Text(unit, "Description"), Text(unit, "LoadState"), active, Text(unit, "SubState"), await FileStateAsync(connection, id, ct), failure);
    }

    /// <summary>Names of the loaded units that fit a pattern, <c>wg-quick@*</c>.</summary>
    public async Task<IReadOnlyList<string>> FindAsync(string pattern, CancellationToken ct)
    {
        var connection = await bus.ConnectAsync(ct);
        var found = await connection.CallAsync(Call("ListUnitsByPatterns", "asas", Array.Empty<object>(), (object[])[pattern]), ct);
        return [.. ((object[])found[0]).Select(u => (string)((object[])u)[0]).Order(StringComparer.Ordinal)];
    }

    /// <summary>Starts it, and returns when systemd is done with that.</summary>
    /// <exception cref="MeshException">CommandFailed with the unit's state and last words.</exception>
    public async Task StartAsync(string unit, CancellationToken ct)
    {
        await JobAsync("StartUnit", "start", unit, ct);
        var now = await ToldAsync(() => ReadAsync(unit, ct), "reading the unit", unit);
        if (now is { ActiveState: "inactive", Failure: null })
            throw new MeshException(ErrorKind.CommandFailed, $"{unit} was started and has ended already, without an error: it is of a kind that does its work and goes.", unit,
                "Leave active_state out for it, or give it RemainAfterExit=yes, or name its timer instead.");
    }

    public Task StopAsync(string unit, CancellationToken ct) => JobAsync("StopUnit", "stop", unit, ct);

    public Task EnableAsync(string unit, CancellationToken ct) => FilesAsync("EnableUnitFiles", "asbb", unit, [false, true], ct);

    public Task DisableAsync(string unit, CancellationToken ct) => FilesAsync("DisableUnitFiles", "asb", unit, [false], ct);

    public Task MaskAsync(string unit, CancellationToken ct) => FilesAsync("MaskUnitFiles", "asbb", unit, [false, false], ct);

    /// <summary>Also when it was masked until the next boot only.</summary>
    public async Task UnmaskAsync(string unit, CancellationToken ct)
    {
        await FilesAsync("UnmaskUnitFiles", "asb", unit, [true], ct);
        await FilesAsync("UnmaskUnitFiles", "asb", unit, [false], ct);
    }

    /// <summary>Last lines of a unit's journal; none where there is no journal.</summary>
    public async Task<IReadOnlyList<string>> JournalAsync(string unit, int lines, CancellationToken ct)
    {
        try
        {
            var journal = await commands.RunAsync(Command.Of("journalctl", $"--unit={unit}", $"--lines={lines}", "--output=cat", "--no-pager", "--quiet") with { Timeout = ReadWithin, Keep = 16_384 }, ct);
            return journal.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        }
        catch (MeshException)
        {
            // The unit's state is said anyway.
            return [];
        }
    }

    /// <summary>Until somebody asks for them, systemd sends no signals.</summary>
    public static async Task SubscribeAsync(IDBusConnection connection, CancellationToken ct)
    {
        try
        {
            await connection.CallAsync(Call("Subscribe"), ct);
        }
        catch (DBusException e) when (e.Name.EndsWith(".AlreadySubscribed", StringComparison.Ordinal))
        {
            // By an earlier job on this connection.
        }
    }

    async Task JobAsync(string method, string verb, string unit, CancellationToken ct) => await ToldAsync(async () =>
    {
        var connection = await bus.ConnectAsync(ct);
        await SubscribeAsync(connection, ct);
        var removed = Channel.CreateUnbounded<(string Job, string Result)>();
        await using var listening = await connection.SubscribeAsync(new(Name, Path, Manager, "JobRemoved"), s =>
        {
            if (s.Arguments is [_, string job, string, string result]) removed.Writer.TryWrite((job, result));
        }, ct);
        _ = connection.Closed.ContinueWith(_ => removed.Writer.TryComplete(new DBusException(DBusException.Disconnected, "the bus ended meanwhile")), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        var job = $"{(await connection.CallAsync(Call(method, "ss", unit, "replace") with { Timeout = JobWithin }, ct))[0]}";
        var result = await ResultAsync(removed.Reader, job, verb, unit, ct);
        if (result is not ("done" or "skipped")) throw await FailedAsync(verb, unit, result, ct);
        return result;
    }, $"to {verb} {unit}", unit);

    async Task<string> ResultAsync(ChannelReader<(string Job, string Result)> removed, string job, string verb, string unit, CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(JobWithin, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        try
        {
            await foreach (var (ended, result) in removed.ReadAllAsync(either.Token))
                if (ended == job) return result;
            throw new DBusException(DBusException.Disconnected, "the bus ended meanwhile");
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new MeshException(ErrorKind.Timeout, $"systemd did not {verb} {unit} within {JobWithin.TotalSeconds} s.", unit, $"systemctl status {unit} shows what it waits for.");
        }
    }

    async Task<MeshException> FailedAsync(string verb, string unit, string result, CancellationToken ct)
    {
        var now = await ReadAsync(unit, ct);
        var words = await JournalAsync(unit, JournalLines, ct);
        return new(ErrorKind.CommandFailed,
            $"systemd could not {verb} {unit} ({result}): it is {now.ActiveState}{(now.Failure is { } failure ? $", {failure}" : "")}.{(words.Count > 0 ? $" Its last words: {string.Join(" | ", words)}" : "")}", unit,
            result == "dependency" ? $"Something that it needs failed: systemctl list-dependencies {unit}" : $"See systemctl status {unit} and journalctl -u {unit} on the node.");
    }

    async Task FilesAsync(string method, string signature, string unit, IReadOnlyList<object> flags, CancellationToken ct) => await ToldAsync(async () =>
    {
        var connection = await bus.ConnectAsync(ct);
        await connection.CallAsync(Call(method, signature, [(object[])[unit], .. flags]), ct);
        await connection.CallAsync(Call("Reload") with { Timeout = ReloadWithin }, ct);
        return true;
    }, $"{method} of {unit}", unit);

    static async Task<T> ToldAsync<T>(Func<Task<T>> work, string doing, string unit)
    {
        try
        {
            return await work();
        }
        catch (DBusException e)
        {
            throw SystemBus.Told(e, doing, unit);
        }
    }

    /// <summary>Null for a name that systemd does not take: a template's without an instance.</summary>
    static async Task<string?> PathOfAsync(IDBusConnection connection, string name, CancellationToken ct)
    {
        try
        {
            return $"{(await connection.CallAsync(Call("LoadUnit", "s", name), ct))[0]}";
        }
        catch (DBusException e) when (e.Name == "org.freedesktop.DBus.Error.InvalidArgs" || e.Name.StartsWith("org.freedesktop.systemd1.", StringComparison.Ordinal))
        {
            return null;
        }
    }

    static async Task<string> FileStateAsync(IDBusConnection connection, string unit, CancellationToken ct)
    {
        try
        {
            // Read from the files each time; the unit's own property is remembered from before.
            return (string)(await connection.CallAsync(Call("GetUnitFileState", "s", unit), ct))[0];
        }
        catch (DBusException e) when (!e.IsAbsence)
        {
            return "";
        }
    }

    static async Task<string> FailureAsync(IDBusConnection connection, string path, string unit, CancellationToken ct)
    {
        if (!unit.EndsWith(".service", StringComparison.Ordinal)) return "it failed";
        var service = await PropertiesAsync(connection, path, Service, ct);
        return $"{Text(service, "Result")}, its program ended with {service.GetValueOrDefault("ExecMainStatus")}";
    }

    static async Task<Dictionary<string, object>> PropertiesAsync(IDBusConnection connection, string path, string of, CancellationToken ct)
    {
        var all = await connection.CallAsync(new(Name, path, "org.freedesktop.DBus.Properties", "GetAll", "s", of) { Timeout = ReadWithin }, ct);
        return ((Dictionary<object, object>)all[0]).ToDictionary(p => (string)p.Key, p => p.Value);
    }

    static string Text(Dictionary<string, object> properties, string name) => properties.GetValueOrDefault(name) as string ?? "";

    static DBusCall Call(string member, string signature = "", params IReadOnlyList<object> arguments) => new(Name, Path, Manager, member, signature, arguments) { Timeout = ReadWithin };
}
