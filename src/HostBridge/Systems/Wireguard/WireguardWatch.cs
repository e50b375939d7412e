using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Systems.Wireguard;

/// <summary>What time alone changes: clients that expire, far ends that fall silent or move to another address, addresses that have cooled down.</summary>
public sealed partial class WireguardWatch(
    NodeEngine engine, WireguardDevices devices, EndpointNames endpoints, TunnelRecords records, SecretStore secrets, ReleasedAddresses released, DriftSignal drift, NodeEvents events, TimeProvider time, ILogger<WireguardWatch> log)
    : BackgroundService
{
    static readonly TimeSpan Every = TimeSpan.FromSeconds(1), HealthEvery = TimeSpan.FromSeconds(5), TidyEvery = TimeSpan.FromMinutes(10);
    static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(10), LongestPause = TimeSpan.FromSeconds(160);

    DateTimeOffset _expiredUntil, _healthAt, _tidyAt, _askAgain;
    readonly Backoff _backoff = new(FirstPause, LongestPause);
    (string Device, string Key, WgPeer Peer, DateTimeOffset At)? _well;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _expiredUntil = time.GetUtcNow();
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await LookAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    async Task LookAsync(CancellationToken ct)
    {
        try
        {
            var (now, section) = (time.GetUtcNow(), engine.Desired.Wireguard);
            if (section?.VpnServer?.Clients.Any(c => c.Expires > _expiredUntil && c.Expires <= now) == true) drift.Raise("wireguard");
            _expiredUntil = now;
            if (now >= _healthAt)
            {
                _healthAt = now + HealthEvery;
                if (section?.WarpTunnel is { Enabled: true } warp) await CheckAsync(warp, now, ct);
            }
            if (now < _tidyAt) return;
            _tidyAt = now + TidyEvery;
            Tidy(section);
        }
        catch (Exception e) when (e is MeshException or IOException)
        {
            // The device may go at any moment; the next look is soon.
            LogFailure(log, e.Message);
        }
    }

    async Task CheckAsync(WarpTunnel warp, DateTimeOffset now, CancellationToken ct)
    {
        if (Profile(warp) is not { } profile || profile.Peer.EndpointText is not { } text) return;
        // A name that could not be resolved is asked for again.
        endpoints.Known(text);
        // Only what we made: a unit's tunnel has its own configuration.
        if (!records.All().ContainsKey(warp.Interface) || await devices.DumpAsync(warp.Interface, ct) is not { Peers: [var peer] }) return;
        if (_well is not { } well || well.Device != warp.Interface || well.Key != peer.PublicKey || peer.Sent < well.Peer.Sent || TunnelHealth.IsUp(peer, now))
        {
            if (_well is { } before && before.Key == peer.PublicKey && _backoff.HasTried && TunnelHealth.IsUp(peer, now)) events.Publish("tunnelUp", $"{warp.Interface} is up again");
            (_well, _askAgain) = ((warp.Interface, peer.PublicKey, peer, now), now);
            _backoff.Reset();
            return;
        }
        if (now < _askAgain || !TunnelHealth.IsDead((well.Peer, well.At), peer, now)) return;
        _askAgain = now + _backoff.Next();
        await AskAnewAsync(warp.Interface, peer, text, ct);
    }

    async Task AskAnewAsync(string device, WgPeer peer, string text, CancellationToken ct)
    {
        var dead = peer.Endpoint is { } old && System.Net.IPEndPoint.TryParse(old, out var parsed) ? parsed.Address : null;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(HealthEvery);
        System.Net.IPEndPoint? found;
        try
        {
            found = await endpoints.RefreshAsync(text, dead, limit.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            found = null;
        }
        var words = $"{device}: {text} does not answer ({TunnelHealth.Verdict(peer, time.GetUtcNow())}); {(found is null ? "its name cannot be resolved now" : $"set to {found} again")}";
        if (found is not null) await devices.SetEndpointAsync(device, peer.PublicKey, found, ct);
        LogDead(log, words);
        events.Publish("tunnelDead", words);
    }

    WarpProfile? Profile(WarpTunnel warp) => secrets.Find(warp.Profile, SecretKind.WarpProfile) is { } text ? WarpProfile.Read(text, out _) : null;

    /// <summary>A preshared key outlives its client for as long as a rollback might need it.</summary>
    void Tidy(WireguardSection? section)
    {
        foreach (var cooled in released.TakeCooled())
            if (SecretReference.NameIn(cooled.Secret) is { } name && section?.VpnServer?.Clients.Any(c => c.PresharedKey == cooled.Secret) != true && secrets.Find(cooled.Secret, SecretKind.PresharedKey) is not null)
                secrets.Delete(name);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{What}")]
    static partial void LogDead(ILogger log, string what);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Looking at the tunnels failed: {Reason}")]
    static partial void LogFailure(ILogger log, string reason);
}
