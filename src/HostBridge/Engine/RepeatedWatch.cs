namespace MeshMcp.HostBridge.Engine;

/// <summary>Watches a part of the host again and again: what is watched may stop and come back. Its end may have hidden anything, so all systems look then.</summary>
public abstract partial class RepeatedWatch(DriftSignal drift, TimeProvider time, ILogger log) : BackgroundService
{
    static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(200);

    protected DriftSignal Drift => drift;

    /// <summary>Returns, or throws, when it can watch no longer.</summary>
    protected abstract Task WatchAsync(CancellationToken ct);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var began = time.GetTimestamp();
                await WatchAsync(stoppingToken);
                if (time.GetElapsedTime(began) > Retry) drift.Raise();
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                LogEnded(log, e.Message);
                drift.Raise();
            }
            await Task.Delay(Retry, time, stoppingToken).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "A watch ended: {Reason}")]
    static partial void LogEnded(ILogger log, string reason);
}
