using System.Security.Cryptography;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;

namespace MeshMcp.Server.Acme;

/// <summary>Has the certificate renewed when it is time. After a failure it tries again, later each time, and not before the authority wants to hear of it.</summary>
sealed partial class AcmeRenewal(KeptCertificate kept, AcmeConfiguration configuration, TimeProvider time, ILogger<AcmeRenewal> log) : BackgroundService
{
    /// <summary>Authorities take a handful of failed proofs an hour.</summary>
    static readonly TimeSpan FirstPause = TimeSpan.FromMinutes(2), LongestPause = TimeSpan.FromHours(4), MostPatience = TimeSpan.FromDays(1);

    /// <summary>By the calendar, which may be set meanwhile.</summary>
    static readonly TimeSpan Often = TimeSpan.FromHours(1);

    readonly Backoff _backoff = new(FirstPause, LongestPause);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            kept.Complete();
            while (true) await Task.Delay(await LookAsync(stoppingToken), time, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    /// <summary>Renews it if that is due.</summary>
    /// <returns>How long to wait until the next look.</returns>
    internal async Task<TimeSpan> LookAsync(CancellationToken ct)
    {
        try
        {
            if (kept.Due() is { } due)
            {
                var left = due - time.GetUtcNow();
                return left < Often ? left : Often;
            }
            var ends = await kept.RenewAsync(ct);
            _backoff.Reset();
            LogObtained(log, string.Join(", ", configuration.Names), configuration.Certificate.Certificate, ends);
            return Often;
        }
        catch (Exception e) when (e is MeshException or IOException or UnauthorizedAccessException or CryptographicException)
        {
            var pause = _backoff.Next();
            if (e is AcmeRefusal { After: { } asked } && asked > pause) pause = asked < MostPatience ? asked : MostPatience;
            LogFailed(log, string.Join(", ", configuration.Names), pause, e is MeshException { Error: var error } ? $"{error.Message}{(error.Target is { } at ? $" ({at})" : "")} {error.Hint}" : e.Message);
            return pause;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The certificate for {Names} is in {File} and valid until {Ends}")]
    static partial void LogObtained(ILogger log, string names, string file, DateTimeOffset ends);

    [LoggerMessage(Level = LogLevel.Error, Message = "No new certificate for {Names}, what was there stays; next try in {Pause}: {Reason}")]
    static partial void LogFailed(ILogger log, string names, TimeSpan pause, string reason);
}
