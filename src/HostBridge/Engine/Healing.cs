using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.Engine;

/// <summary>Heals when a watcher saw something change, at the start, and now and then for what no watcher sees; backs off while it cannot.</summary>
public sealed partial class Healing(NodeEngine engine, DriftSignal drift, NodeEvents events, TimeProvider time, ILogger<Healing> log) : BackgroundService
{
    static readonly TimeSpan Unprompted = TimeSpan.FromSeconds(30);
    static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(30);
    static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200), LongestPause = TimeSpan.FromSeconds(8);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var backoff = new Backoff(FirstPause, LongestPause);
        string? reported = null;
        // A look now and then is for what no watcher sees.
        var all = true;
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                var raised = drift.Take();
                var error = await engine.HealAsync(all ? null : raised);
                if (error is null)
                {
                    backoff.Reset();
                    reported = null;
                    all = !await drift.WaitAsync(Unprompted, stoppingToken);
                    // A restart or a foreign bundle raises several times at once.
                    await Task.Delay(Settle, time, stoppingToken);
                    continue;
                }
                all = true;
                if (reported != error.Message)
                {
                    reported = error.Message;
                    LogFailure(log, error.Kind, error.Message);
                    events.Publish("healingFailed", error.Message);
                }
                var pause = backoff.Next();
                // A daemon's return ends the pause early; somebody who keeps undoing our work does not.
                if (error.Kind == ErrorKind.Unavailable) await drift.WaitAsync(pause, stoppingToken);
                else await Task.Delay(pause, time, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Healing failed ({Kind}): {Error}")]
    static partial void LogFailure(ILogger log, ErrorKind kind, string error);
}
