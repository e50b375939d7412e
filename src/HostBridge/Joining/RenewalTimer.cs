using System.Security.Cryptography.X509Certificates;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Joining;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Engine;

namespace MeshMcp.HostBridge.Joining;

/// <summary>Fetches what is revoked, and looks at the node's certificate and at those of servers that it renews, when the agent starts and three times a minute; renews what is past two thirds of its life.</summary>
public sealed partial class RenewalTimer(BridgeConfiguration configuration, Renewal renewal, ServerRenewal servers, Revocations revocations, NodeEvents events, TimeProvider time, ILogger<RenewalTimer> log) : BackgroundService
{
    /// <summary>So that a revocation is known everywhere within a minute.</summary>
    static readonly TimeSpan Every = TimeSpan.FromSeconds(20);

    /// <summary>Who was refused is refused again in a while too.</summary>
    static readonly TimeSpan TryEvery = TimeSpan.FromMinutes(5);

    DateTimeOffset _tried;
    string? _failed;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (configuration.Identity is { } own) Complete(own);
        var identity = configuration.Identity is { RenewFrom: not null } renews ? renews : null;
        if (identity is null && !servers.HasAny) return;
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            do
            {
                // First, as the node renews its own by a server.
                servers.Look();
                if (identity is null) continue;
                await FetchAsync(identity, stoppingToken);
                await LookAsync(identity, stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    /// <summary>Cut off in the middle of the last renewal, the relay may be without a pair that fits.</summary>
    void Complete(IdentityFiles identity)
    {
        try
        {
            CertificatePair.Complete(new(identity.Certificate, identity.Key));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Once(e.Message);
        }
    }

    async Task FetchAsync(IdentityFiles identity, CancellationToken ct)
    {
        try
        {
            var list = await new EnrollmentClient(identity.RenewFrom!, time).RevocationsAsync(TrustStore.FromPem(await File.ReadAllTextAsync(identity.Ca, ct)), ct);
            if (revocations.Take(list)) LogRevoked(log, list.Revoked.Count);
            _failed = null;
        }
        catch (Exception e) when (e is MeshException or IOException or UnauthorizedAccessException)
        {
            Once(e.Message);
        }
    }

    /// <summary>Three times a minute the same says nothing new.</summary>
    void Once(string reason)
    {
        if (_failed != reason) LogFailed(log, reason);
        _failed = reason;
    }

    async Task LookAsync(IdentityFiles identity, CancellationToken ct)
    {
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(identity.Certificate, ct));
            // An expired one is tried too: an operator may have given his word.
            var now = time.GetUtcNow();
            if (CertificateLife.AgeOf(certificate, now) == CertificateAge.Fresh || now - _tried < TryEvery) return;
            _tried = now;
            var renewed = await renewal.RunAsync(new(), ct);
            LogRenewed(log, renewed.Ends);
            events.Publish("renewed", $"the node's certificate is valid until {renewed.Ends.UtcDateTime:yyyy-MM-dd}");
        }
        catch (Exception e) when (e is MeshException or IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
        {
            Once(e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The node's certificate was renewed and is valid until {Ends}")]
    static partial void LogRenewed(ILogger log, DateTimeOffset ends);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} certificates or names are revoked")]
    static partial void LogRevoked(ILogger log, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The node's certificate was not renewed, or what is revoked not fetched: {Reason}")]
    static partial void LogFailed(ILogger log, string reason);
}
