using System.Threading.Channels;
using MeshMcp.Contracts.Errors;
using MeshMcp.HostBridge.DBus;

namespace MeshMcp.HostBridge.Systems.Packagekit;

/// <summary>Asks and changes packages by transactions of PackageKit, whatever package format the node has.</summary>
public sealed class PackageTransactions(SystemBus bus, TimeProvider time)
{
    public const string Name = "org.freedesktop.PackageKit";
    public const string Path = "/org/freedesktop/PackageKit";
    const string Transaction = "org.freedesktop.PackageKit.Transaction";
    const ulong None = 0, OnlyTrusted = 2, FilterInstalled = 4;
    const uint Succeeded = 1, IsInstalled = 1, IsAvailable = 2;
    const int MostNamed = 5;

    static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(20);
    static readonly TimeSpan ChangeWithin = TimeSpan.FromMinutes(30);

    /// <summary>Somebody waits at the other end for a sign of life.</summary>
    static readonly TimeSpan SayAgain = TimeSpan.FromSeconds(30);

    /// <exception cref="DBusException">Nobody answers.</exception>
    public async Task<IReadOnlyDictionary<string, SeenPackage>> ResolveAsync(IReadOnlyCollection<string> names, CancellationToken ct)
    {
        var found = names.ToDictionary(n => n, n => new SeenPackage(n, null, null));
        if (names.Count == 0) return found;
        foreach (var (state, id) in await RunAsync("Resolve", "tas", [None, names.ToArray<object>()], AnswerWithin, null, ct))
            if (found.GetValueOrDefault(id.Split(';')[0]) is { } package)
                found[package.Name] = state switch
                {
                    IsInstalled => package with { Installed = id },
                    IsAvailable => package with { Available = id },
                    _ => package,
                };
        return found;
    }

    /// <summary>Also a newer version of one that is installed.</summary>
    public Task InstallAsync(SeenPackage package, Action<string> report, CancellationToken ct) =>
        ChangeAsync(package.Installed is null ? "InstallPackages" : "UpdatePackages", "tas", [OnlyTrusted, (object[])[package.Available!]], $"install {package.Name}", report, ct);

    /// <summary>Only it: what needs it is not taken away with it.</summary>
    /// <exception cref="MeshException">Conflict, naming what needs it.</exception>
    public async Task RemoveAsync(SeenPackage package, Action<string> report, CancellationToken ct)
    {
        // PackageKit itself then ends well without removing anything.
        var needing = await ChangeAsync("RequiredBy", "tasb", [FilterInstalled, (object[])[package.Installed!], true], $"see what needs {package.Name}", report, ct);
        string[] names = [.. needing.Where(p => p.State == IsInstalled).Select(p => p.Id.Split(';')[0]).Distinct().Order(StringComparer.Ordinal)];
        if (names.Length > 0)
            throw new MeshException(ErrorKind.Conflict, $"{package.Name} is needed by {string.Join(", ", names.Take(MostNamed))}{(names.Length > MostNamed ? $" and {names.Length - MostNamed} more" : "")}.", $"packagekit.packages.{package.Name}",
                "Remove those first, or keep it.");
        await ChangeAsync("RemovePackages", "tasbb", [None, (object[])[package.Installed!], false, false], $"remove {package.Name}", report, ct);
    }

    /// <summary>Reads the sources' lists anew where they are old.</summary>
    public async Task RefreshAsync(CancellationToken ct) => await RunAsync("RefreshCache", "b", [false], ChangeWithin, null, ct);

    async Task<IReadOnlyList<(uint State, string Id)>> ChangeAsync(string method, string signature, IReadOnlyList<object> arguments, string what, Action<string> report, CancellationToken ct)
    {
        try
        {
            return await RunAsync(method, signature, arguments, ChangeWithin, words => report($"{what}: {words}"), ct);
        }
        catch (DBusException e)
        {
            throw SystemBus.Told(e, $"to {what}", "packagekit");
        }
    }

    /// <summary>One transaction to its end; returns the packages that it named.</summary>
    async Task<IReadOnlyList<(uint State, string Id)>> RunAsync(string method, string signature, IReadOnlyList<object> arguments, TimeSpan within, Action<string>? report, CancellationToken ct)
    {
        var connection = await bus.ConnectAsync(ct);
        var path = $"{(await connection.CallAsync(new(Name, Path, Name, "CreateTransaction") { Timeout = AnswerWithin }, ct))[0]}";
        var signals = Channel.CreateUnbounded<DBusSignal>();
        await using var own = await connection.SubscribeAsync(new(Name, path), s => signals.Writer.TryWrite(s), ct);
        await using var life = await connection.SubscribeAsync(new("org.freedesktop.DBus", Member: "NameOwnerChanged"), s =>
        {
            if (s.Arguments is [Name, string, ""]) signals.Writer.TryComplete(new DBusException(DBusException.Disconnected, "PackageKit ended in the middle of its work"));
        }, ct);
        _ = connection.Closed.ContinueWith(_ => signals.Writer.TryComplete(new DBusException(DBusException.Disconnected, "the bus ended meanwhile")), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        await connection.CallAsync(Call(path, "SetHints", "as", [(object[])["locale=C.UTF-8", "background=false", "interactive=false"]]), ct);
        await connection.CallAsync(Call(path, method, signature, arguments), ct);
        return await FollowAsync(signals.Reader, method, within, report, ct);
    }

    async Task<IReadOnlyList<(uint State, string Id)>> FollowAsync(ChannelReader<DBusSignal> signals, string method, TimeSpan within, Action<string>? report, CancellationToken ct)
    {
        var (packages, progress, error, began) = (new List<(uint, string)>(), new PackageProgress(), "", time.GetTimestamp());
        while (true)
        {
            if (!await NextAsync(signals, ct))
            {
                if (time.GetElapsedTime(began) > within) throw new DBusException(DBusException.NoReply, $"PackageKit was not done with {method} within {within.TotalSeconds} s");
                report?.Invoke($"{progress} (still)");
                continue;
            }
            while (signals.TryRead(out var signal))
                switch (signal)
                {
                    case { Member: "Package", Arguments: [uint state, string id, _] }:
                        packages.Add((state, id));
                        break;
                    case { Member: "ErrorCode", Arguments: [_, string details] }:
                        error = details.Trim().ReplaceLineEndings(" ");
                        break;
                    case { Member: "PropertiesChanged", Arguments: [_, Dictionary<object, object> changed, _] } when progress.Take(changed):
                        report?.Invoke(progress.ToString());
                        break;
                    case { Member: "Finished", Arguments: [uint exit, _] }:
                        return exit == Succeeded ? packages : throw new DBusException(Transaction + ".Failed", error.Length > 0 ? error : $"PackageKit ended {method} with code {exit}");
                }
        }
    }

    /// <summary>Whether something came; false when it is time for a sign of life.</summary>
    async Task<bool> NextAsync(ChannelReader<DBusSignal> signals, CancellationToken ct)
    {
        try
        {
            return await signals.WaitToReadAsync(ct).AsTask().WaitAsync(SayAgain, time, ct) ? true : throw new DBusException(DBusException.Disconnected, "PackageKit said no more");
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    static DBusCall Call(string path, string member, string signature, params IReadOnlyList<object> arguments) => new(Name, path, Transaction, member, signature, arguments) { Timeout = AnswerWithin };
}
