using System.Net;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Trust;
using MeshMcp.Lab.Control;
using MeshMcp.Lab.Forwarding;
using MeshMcp.Lab.Namespaces;
using MeshMcp.Lab.Topology;

namespace MeshMcp.Lab.Supervision;

/// <summary>Holds one lab up, from the first namespace to the last daemon, until it is told to take it down.</summary>
/// <param name="port">The loopback port that was asked for; null: 9573, or a free one.</param>
sealed class Supervisor(Site site, int? port, TimeProvider time)
{
    readonly Progress progress = new();
    readonly TaskCompletionSource<LabState> ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    IReadOnlyList<Supervised> daemons = [];

    /// <summary>Ends when <paramref name="ct"/> says so or a caller asks for <c>down</c>; then nothing of the lab is left.</summary>
    /// <exception cref="MeshException">Conflict: this lab is up already. Otherwise what kept it from coming up.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        using var down = CancellationTokenSource.CreateLinkedTokenSource(ct);
        using var listener = new Listener(site);
        List<Task> work = [listener.ServeAsync((request, told) => AnswerAsync(request, told, down), CancellationToken.None)];
        try
        {
            await HoldUpAsync(work, down.Token);
        }
        catch (OperationCanceledException) when (down.IsCancellationRequested)
        {
            ready.TrySetException(new MeshException(ErrorKind.Unavailable, $"The lab '{site.Prefix}' goes down."));
        }
        catch (Exception e)
        {
            ready.TrySetException(e);
            throw;
        }
        finally
        {
            await down.CancelAsync();
            await Task.WhenAll(work.Skip(1)).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            await Remains.ClearAsync(site);
        }
    }

    async Task HoldUpAsync(List<Task> work, CancellationToken ct)
    {
        await Remains.ClearAsync(site);
        using var loopback = Forwarder.Listen(port, Map.McpPort);
        progress.Report("namespaces, cables, routes");
        Directory.CreateDirectory(site.Folder);
        // Private, because a file that keeps a mount namespace can lie nowhere else.
        Syscalls.Mount("meshmcp-lab", site.Folder, "tmpfs", Syscalls.NoSuid | Syscalls.NoDev, "mode=755");
        Syscalls.Mount("none", site.Folder, null, Syscalls.Private);
        Directory.CreateDirectory(site.Logs);
        await Ground.LayAsync(site, ct);
        progress.Report("certificates and token");
        var made = await Credentials.MakeAsync(site, ct);
        foreach (var stage in Daemons.Describe(site, made)) await StartAsync(stage, work, ct);
        if (!site.Bare) await new Operator(site, made, progress).SetUpAsync(ct);
        var forwarder = new Forwarder(site.Place("user"), new(IPAddress.Parse(Map.PublicAddress), Map.McpPort),
            TrustStore.FromPem(await File.ReadAllTextAsync($"{site.Certificates}/ca.crt", ct)), line => File.AppendAllText($"{site.Logs}/lab.log", line + "\n"));
        work.Add(forwarder.ServeAsync(loopback, ct));
        ready.SetResult(new(site.Prefix, Environment.ProcessId, ((IPEndPoint)loopback.LocalEndPoint!).Port, made.Token, []));
        await Task.Delay(Timeout.InfiniteTimeSpan, time, ct);
    }

    async Task StartAsync(IReadOnlyList<Daemon> stage, List<Task> work, CancellationToken ct)
    {
        progress.Report(string.Join(", ", stage.Select(d => d.Name)));
        IReadOnlyList<Supervised> started = [.. stage.Select(d => new Supervised(d, $"{site.Logs}/{d.Name.Replace('/', '-')}.log", time))];
        daemons = [.. daemons, .. started];
        foreach (var daemon in started)
        {
            daemon.Start();
            work.Add(daemon.KeepAsync(ct));
        }
        await Task.WhenAll(started.Select(d => d.ReadyAsync()));
    }

    async Task<LabState> AnswerAsync(string request, IProgress<string> told, CancellationTokenSource down)
    {
        var words = request.Split(' ', 2);
        if (words[0] == "down")
        {
            await down.CancelAsync();
            return await new TaskCompletionSource<LabState>().Task;
        }
        progress.Add(told);
        var state = await ready.Task;
        if (words[0] == "stop") await Named(words[1]).StopAsync();
        if (words[0] == "start") Named(words[1]).Start();
        return state with { Daemons = [.. daemons.Select(d => d.State)] };
    }

    Supervised Named(string name) => daemons.FirstOrDefault(d => d.Name == name)
        ?? throw new MeshException(ErrorKind.NotFound, $"The lab has no daemon '{name}'. It has: {string.Join(", ", daemons.Select(d => d.Name))}.", name);
}
