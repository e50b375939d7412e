using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Trust;
using MeshMcp.Tools.Nodes;

namespace MeshMcp.Server.Api;

/// <summary>How many nodes answer, of those the server knows.</summary>
public sealed record AnsweringNodes(int Reachable, int Total);

/// <summary>Counts the nodes that answer, at most every few seconds, however often anyone asks.</summary>
sealed class NodeCount(INodes nodes, TimeProvider time)
{
    static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5), AnswerWithin = TimeSpan.FromSeconds(4);

    readonly Lock _gate = new();
    Task<AnsweringNodes>? _count;
    long _counted;

    public Task<AnsweringNodes> NowAsync()
    {
        lock (_gate)
        {
            if (_count is { IsCompleted: false } || (_count is { IsCompletedSuccessfully: true } && time.GetElapsedTime(_counted) < Fresh)) return _count;
            _counted = time.GetTimestamp();
            return _count = CountAsync();
        }
    }

    async Task<AnsweringNodes> CountAsync()
    {
        var names = nodes.Names;
        var answers = await Task.WhenAll(names.Select(AnswersAsync));
        return new(answers.Count(a => a), names.Count);
    }

    async Task<bool> AnswersAsync(string name)
    {
        using var limit = new CancellationTokenSource(AnswerWithin, time);
        try
        {
            using var client = nodes.Get(name, new("health", Scope.Read));
            await client.StatusAsync(limit.Token);
            return true;
        }
        catch (Exception e) when (e is MeshException or OperationCanceledException)
        {
            return false;
        }
    }
}
