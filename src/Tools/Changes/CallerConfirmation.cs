using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Tools.Calls;
using MeshMcp.Tools.Nodes;

namespace MeshMcp.Tools.Changes;

/// <summary>A confirmation by the caller. The server attests that the caller came in on a connection newer than the change, and only what it measured itself.</summary>
sealed class CallerConfirmation(INodes nodes, ICallContext call, CallerIdentity caller)
{
    /// <exception cref="MeshException">The node's refusal; ConfirmationRequired also closes the connection, so that the next call comes in on a new one.</exception>
    public async Task<Generation> ConfirmAsync(string node, int number, CancellationToken ct)
    {
        using var client = nodes.Fresh(node, caller);
        var generation = await client.GenerationAsync(number, ct);
        try
        {
            return await client.ConfirmAsync(number, new() { CallerReconnected = IsNewer(generation) }, ct);
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

    /// <summary>The age is measured after the node was asked, so it can only be too great.</summary>
    bool IsNewer(Generation generation) => !call.IsLocal && generation.Confirmation?.SecondsSince is { } since && call.ConnectionAge.TotalSeconds < since;

    static string Left(Generation generation) => generation.Confirmation?.SecondsLeft is { } left ? $", within {(int)left} s" : "";
}
