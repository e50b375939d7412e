using System.Diagnostics;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Tools.Calls;

namespace MeshMcp.Tools.Nodes;

/// <summary>Asks all nodes at once, and none longer than the answer about the others can wait.</summary>
static class Probe
{
    public static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(4);

    /// <summary>Only the nodes the caller may speak about, in their order.</summary>
    public static async Task<IReadOnlyList<Probed<T>>> AllAsync<T>(INodes nodes, ICallContext call, Func<NodeClient, CancellationToken, Task<T>> ask, CancellationToken ct) where T : class =>
        await Task.WhenAll(nodes.Names.Where(n => call.Nodes?.Contains(n) != false).Select(n => OneAsync(nodes, call, n, ask, ct)));

    static async Task<Probed<T>> OneAsync<T>(INodes nodes, ICallContext call, string name, Func<NodeClient, CancellationToken, Task<T>> ask, CancellationToken ct) where T : class
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(AnswerWithin);
        var clock = Stopwatch.StartNew();
        try
        {
            using var client = nodes.Get(name, call.Identity());
            return new(name, await ask(client, limit.Token), null, clock.Elapsed);
        }
        catch (MeshException e)
        {
            return new(name, null, e.Error, clock.Elapsed);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return new(name, null, new(ErrorKind.Timeout, $"Node {name} did not answer within {AnswerWithin.TotalSeconds:0} s.", name, "Check the tunnel to the node, its relay and its host bridge."), clock.Elapsed);
        }
    }
}

/// <summary>What a node said, or why it said nothing.</summary>
sealed record Probed<T>(string Name, T? Said, MeshError? Problem, TimeSpan Took) where T : class;
