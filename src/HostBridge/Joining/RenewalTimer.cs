using System.Security.Cryptography.X509Certificates;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Joining;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Engine;

namespace MeshMcp.HostBridge.Joining;

/// <summary>Looks at the node's certificate when the agent starts and once a day, and renews it when two thirds of its life are over.</summary>
public sealed partial class RenewalTimer(BridgeConfiguration configuration, Renewal renewal, NodeEvents events, TimeProvider time, ILogger<RenewalTimer> log) : BackgroundService
{
    static readonly TimeSpan Every = TimeSpan.FromDays(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (configuration.Identity is not { } identity) return;
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            // Cut off in the middle of the last renewal, the relay may be without a pair that fits.
            CertificatePair.Complete(new(identity.Certificate, identity.Key));
            if (identity.RenewFrom is null) return;
            do await LookAsync(identity, stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogFailed(log, e.Message);
        }
    }

    async Task LookAsync(IdentityFiles identity, CancellationToken ct)
    {
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(identity.Certificate, ct));
            // An expired one proves nothing any more; the finding says what to do.
            if (CertificateLife.AgeOf(certificate, time.GetUtcNow()) != CertificateAge.RenewalDue) return;
            var renewed = await renewal.RunAsync(new(), ct);
            LogRenewed(log, renewed.Ends);
            events.Publish("renewed", $"the node's certificate is valid until {renewed.Ends.UtcDateTime:yyyy-MM-dd}");
        }
        catch (Exception e) when (e is MeshException or IOException or System.Security.Cryptography.CryptographicException)
        {
            LogFailed(log, e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The node's certificate was renewed and is valid until {Ends}")]
    static partial void LogRenewed(ILogger log, DateTimeOffset ends);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The node's certificate was not renewed: {Reason}")]
    static partial void LogFailed(ILogger log, string reason);
}
