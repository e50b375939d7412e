using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;

namespace MeshMcp.Server.Nodes;

/// <summary>This machine as the only node.</summary>
public static class LocalNode
{
    static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(2);

    /// <summary>Named as its host bridge says; as the machine, which is the host bridge's own default, while it does not answer.</summary>
    public static async Task<IReadOnlyDictionary<string, NodeEndpoint>> FindAsync(string socket, CancellationToken ct)
    {
        var local = new NodeEndpoint.Local(socket);
        return new Dictionary<string, NodeEndpoint> { [await NameAsync(local, ct)] = local };
    }

    static async Task<string> NameAsync(NodeEndpoint local, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(AnswerWithin);
        using var client = new NodeClient(Environment.MachineName, NodeTransport.Create(local));
        try
        {
            return (await client.StatusAsync(limit.Token)).Name;
        }
        catch (Exception e) when (e is MeshException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return client.Node;
        }
    }
}
