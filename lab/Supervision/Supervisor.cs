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
    Running? running;
    AddedNodes? added;

    /// <summary>Ends when <paramref name="ct"/> says so or a caller asks for <c>down</c>; then nothing of the lab is left.</summary>
    /// <exception cref="MeshException">Conflict: this lab is up already. Otherwise what kept it from coming up.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        using var down = CancellationTokenSource.CreateLinkedTokenSource(ct);
        using var listener = new Listener(site);
        _ = listener.ServeAsync((request, told) => AnswerAsync(request, told, down), CancellationToken.None);
        running = new(site, time, down.Token);
        added = new(site, running);
        try
        {
            await HoldUpAsync(running, down.Token);
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
            await running.EndedAsync();
            await Remains.ClearAsync(site);
        }
    }

    async Task HoldUpAsync(Running daemons, CancellationToken ct)
    {
        await Remains.ClearAsync(site);
        using var loopback = Forwarder.Listen(port, Map.McpPort);
        using var dashboard = Forwarder.Listen(port is 0 ? 0 : null, Map.ApiPort);
        progress.Report("namespaces, cables, routes");
        Directory.CreateDirectory(site.Folder);
        // Private, because a file that keeps a mount namespace can lie nowhere else.
        Syscalls.Mount("meshmcp-lab", site.Folder, "tmpfs", Syscalls.NoSuid | Syscalls.NoDev, "mode=755");
        Syscalls.Mount("none", site.Folder, null, Syscalls.Private);
        Directory.CreateDirectory(site.Logs);
        await Ground.LayAsync(site, ct);
        progress.Report("certificates and token");
        var made = await Credentials.MakeAsync(site, Forwarder.Url(dashboard), ct);
        foreach (var stage in Daemons.Describe(site, made))
        {
            progress.Report(string.Join(", ", stage.Select(d => d.Name)));
            await daemons.StartAsync(stage);
        }
        if (!site.Bare) await new Operator(site, made, progress).SetUpAsync(ct);
        var trust = TrustStore.FromPem(await File.ReadAllTextAsync($"{site.Certificates}/ca.crt", ct));
        Forwarder To(int port) => new(site.Place("user"), new(IPAddress.Parse(Map.PublicAddress), port), trust, line => File.AppendAllText(site.Log("lab"), line + "\n"));
        var forwarding = Task.WhenAll(To(Map.McpPort).ServeAsync(loopback, ct), To(Map.ApiPort).ServeAsync(dashboard, ct));
        ready.SetResult(new(site.Prefix, Environment.ProcessId, ((IPEndPoint)loopback.LocalEndPoint!).Port, made.Token, []) { Dashboard = $"{Forwarder.Url(dashboard)}/" });
        await forwarding;
    }

    async Task<LabState> AnswerAsync(string request, IProgress<string> told, CancellationTokenSource down)
    {
        var words = request.Split(' ', 2);
        if (words[0] == "down")
        {
            await down.CancelAsync();
            return await new TaskCompletionSource<LabState>().Task;
        }
        if (!ready.Task.IsCompleted) progress.Add(told);
        var state = await ready.Task;
        switch (words)
        {
            case ["stop", var daemon]: await running!.Named(daemon).StopAsync(); break;
            case ["start", var daemon]: running!.Named(daemon).Start(); break;
            case ["add", var node]: await added!.AddAsync(node, told, down.Token); break;
            case ["remove", var node]: await added!.RemoveAsync(node, told, down.Token); break;
        }
        return state with { Daemons = running!.States };
    }
}
