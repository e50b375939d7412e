using System.Runtime.InteropServices;
using MeshMcp.NetmakerStandIn.Shapes;

namespace MeshMcp.NetmakerStandIn.Client;

/// <summary>
/// <c>netclient daemon</c>: fetches from the server what the broker would push, twice a second, and keeps the device by it. SIGHUP makes it read its files
/// at once; SIGUSR1 makes the device anew, as the real one does now and then.
/// </summary>
sealed class ClientDaemon : BackgroundService
{
    const PosixSignal User1 = (PosixSignal)10;
    static readonly TimeSpan Every = TimeSpan.FromMilliseconds(500);

    readonly Device device = new();
    readonly SemaphoreSlim wake = new(0);
    ServerCall? server;
    string? api, trouble, made;
    volatile bool over, anew;

    public static async Task RunAsync()
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddHostedService<ClientDaemon>();
        using var host = builder.Build();
        await host.RunAsync();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var hup = On(PosixSignal.SIGHUP, () => over = true);
        using var user = On(User1, () => anew = true);
        await File.WriteAllTextAsync(ClientFiles.PidFile, $"{Environment.ProcessId}", stoppingToken);
        Console.WriteLine("[netclient] daemon started");
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await OnceAsync();
                trouble = null;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                if (trouble != e.Message) Console.WriteLine($"[netclient] {trouble = e.Message}");
            }
            await ((Task)wake.WaitAsync(Every, stoppingToken)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        await device.RemoveAsync();
        File.Delete(ClientFiles.PidFile);
    }

    PosixSignalRegistration On(PosixSignal signal, Action action) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        action();
        wake.Release();
    });

    async Task OnceAsync()
    {
        if (over)
        {
            over = false;
            Forget();
        }
        await FetchAsync();
        var (host, nodes) = await ClientFiles.LockedAsync(() => (ClientFiles.Host(), ClientFiles.Nodes()));
        if (host is null || !nodes.Values.Any(n => n.Connected))
        {
            await device.RemoveAsync();
            return;
        }
        var wanted = $"{host.Interface} {host.ListenPort} {string.Join(' ', nodes.Values.Where(n => n.Connected).Select(n => n.Address))}";
        if (anew || !device.IsUp || made != wanted)
        {
            (anew, made) = (false, wanted);
            await device.CreateAsync(host, nodes.Values.Where(n => n.Connected), Mtu(host));
        }
        await device.UpdateAsync(host.HostPeers);
    }

    /// <summary>The network's own of 1280 unless the host says less.</summary>
    static int Mtu(ClientHost host) => Math.Min(host.MTU, 1280);

    async Task FetchAsync()
    {
        var (host, servers, context) = await ClientFiles.LockedAsync(() => (ClientFiles.Host(), ClientFiles.Servers(), ClientFiles.Context()));
        if (host is null || !servers.TryGetValue(context, out var known)) return;
        try
        {
            if (server is null || api != known.API)
            {
                Forget();
                server = new(api = known.API);
                await server.AuthenticateAsync(host);
            }
            var pull = await server.CallAsync<HostPull>(HttpMethod.Get, "api/v1/host");
            await ClientFiles.LockedAsync(() => Keep(pull));
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            Forget();
            if (trouble is null) Console.WriteLine($"[netclient] {trouble = $"server {known.API} does not answer: {e.Message}"}");
        }
        catch (ServerError)
        {
            Forget();
            throw;
        }
    }

    static bool Keep(HostPull pull)
    {
        if (ClientFiles.Host() is not { } host || host.Id != pull.Host.Id) return false;
        var (before, nodes) = (ClientFiles.Nodes(), pull.Nodes.ToDictionary(n => n.Network));
        // What was disconnected here stays so.
        foreach (var node in nodes.Values)
            if (before.TryGetValue(node.Network, out var own)) node.Connected = own.Connected;
        if (System.Text.Json.JsonSerializer.Serialize(nodes.Values.Select(Still), WireJson.Options) != System.Text.Json.JsonSerializer.Serialize(before.Values.Select(Still), WireJson.Options))
            ClientFiles.Write(nodes);
        var was = System.Text.Json.JsonSerializer.Serialize(host, WireJson.Options);
        (host.HostPeers, host.Nodes, host.EndpointIP) = (pull.Peers, pull.Host.Nodes, pull.Host.EndpointIP);
        if (System.Text.Json.JsonSerializer.Serialize(host, WireJson.Options) != was) ClientFiles.Write(host);
        return true;
    }

    static Node Still(Node node) => node with { LastCheckIn = default };

    void Forget()
    {
        server?.Dispose();
        server = null;
    }

    public override void Dispose()
    {
        base.Dispose();
        device.Dispose();
        wake.Dispose();
        server?.Dispose();
    }
}
