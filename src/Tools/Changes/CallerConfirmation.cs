using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Tools.Calls;
using MeshMcp.Tools.Nodes;

namespace MeshMcp.Tools.Changes;

/// <summary>A confirmation by the caller. The server attests that the caller came in on a connection newer than the change, and only what it measured itself.</summary>
sealed class CallerConfirmation(INodes nodes, ICallContext call, CallerIdentity caller)
{
    const int MostLooks = 5;

    /// <exception cref="MeshException">The node's refusal; ConfirmationRequired also closes the connection, so that the next call comes in on a new one.</exception>
    public async Task<Generation> ConfirmAsync(string node, int number, CancellationToken ct)
    {
        using var client = nodes.Fresh(node, caller);
        var (generation, isNewer) = await LookAsync(client, number, ct);
        try
        {
            return await client.ConfirmAsync(number, new() { CallerReconnected = isNewer }, ct);
        }
        catch (MeshException e) when (e.Error.Kind == ErrorKind.ConfirmationRequired && !call.IsLocal)
        {
            call.CloseAfterAnswer();
            throw new MeshException(e.Error with
            {
                Hint = $"This connection closes with this answer: call confirm_change {{\"node\":\"{node}\",\"generation\":{number}}} again, on a new one{Left(generation)}.",
            }, e);
        }
    }

    /// <summary>The age is measured after the node was asked, so it can only be too great. Where it is so only because the answer took its time, the node is asked again.</summary>
    async Task<(Generation, bool IsNewer)> LookAsync(NodeClient client, int number, CancellationToken ct)
    {
        for (var left = MostLooks; ; left--)
        {
            var asked = call.ConnectionAge;
            var generation = await client.GenerationAsync(number, ct);
            if (call.IsLocal || generation.Confirmation?.SecondsSince is not { } since) return (generation, false);
            if (call.ConnectionAge.TotalSeconds < since) return (generation, true);
            if (asked.TotalSeconds >= since || left == 1) return (generation, false);
        }
    }

    static string Left(Generation generation) => generation.Confirmation?.SecondsLeft is { } left ? $", within {(int)left} s" : "";
}
