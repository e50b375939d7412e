using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Tools.Nodes;

namespace MeshMcp.Tools.Changes;

/// <summary>Reads over new connections what became of a change that cut the way to its node. That one comes about also proves that the node is reachable again.</summary>
sealed class ChangeOutcomes(INodes nodes, CallerIdentity caller, ChangeProgress progress)
{
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Null when the node gave no such answer in time.</summary>
    public async Task<Generation?> ReadAsync(string node, int number, Func<Generation, bool> wanted, TimeSpan within, CancellationToken ct)
    {
        for (var started = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(started) < within; await Task.Delay(Pause, ct))
        {
            try
            {
                if (await ReadAsync(node, number, ct) is { } generation && wanted(generation)) return generation;
            }
            catch (MeshException)
            {
                // It answers, but not with this change.
                return null;
            }
            await progress.ReportAsync($"{node} does not answer yet; it takes back by itself what cuts it off, within {(int)Math.Max(0, (within - TimeProvider.System.GetElapsedTime(started)).TotalSeconds)} s", ct);
        }
        return null;
    }

    /// <summary>Null while there is no way to the node.</summary>
    async Task<Generation?> ReadAsync(string node, int number, CancellationToken ct)
    {
        try
        {
            using var fresh = nodes.Fresh(node, caller);
            return await fresh.GenerationAsync(number, ct);
        }
        catch (MeshException e) when (e.Error.Kind is ErrorKind.Unavailable or ErrorKind.Timeout)
        {
            return null;
        }
    }
}
