using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Tools.Nodes;

namespace MeshMcp.Tools.Changes;

/// <summary>
/// Where the caller's own way does not cross the change, the server proves that the node can still be reached: it confirms over a connection
/// opened after the change. When none comes about, the change is taken back at once if the old connection still carries that, else by the node itself.
/// </summary>
sealed class ServerConfirmation(INodes nodes, CallerIdentity caller, ChangeProgress progress)
{
    /// <summary>A lost packet must not undo a change; each try may itself wait for a connection.</summary>
    const int Tries = 3;
    static readonly TimeSpan Late = TimeSpan.FromSeconds(10);

    /// <exception cref="MeshException">It could not be confirmed; says what became of the change.</exception>
    public async Task KeepOrUndoAsync(NodeClient old, Generation generation, CancellationToken ct)
    {
        MeshException? failure = null;
        for (var i = 0; i < Tries; i++)
        {
            try
            {
                using var fresh = nodes.Fresh(old.Node, caller);
                await fresh.ConfirmAsync(generation.Number, new(), ct);
                return;
            }
            catch (MeshException e)
            {
                failure = e;
                if (e.Error.Kind is not (ErrorKind.Unavailable or ErrorKind.Timeout)) break;
            }
        }
        throw await UndoAsync(old, generation, failure!, ct);
    }

    /// <summary>Takes it back, or waits until the node has done so by its own clock; then a new connection proves that the node is reachable again.</summary>
    async Task<MeshException> UndoAsync(NodeClient old, Generation generation, MeshException cause, CancellationToken ct)
    {
        var because = $"it could not be confirmed over a new connection: {cause.Message}";
        try
        {
            await foreach (var happened in old.RollbackAsync(new() { Only = generation.Number, Why = because }, ct))
                if (happened is ApplyEvent.Finished { Generation.Status: GenerationStatus.RolledBack })
                    break;
        }
        catch (MeshException)
        {
            // The old connection does not carry it either: the node's own clock decides.
        }
        var within = TimeSpan.FromSeconds(generation.Confirmation?.SecondsLeft ?? generation.Confirmation?.Within ?? 0) + Late;
        if (await new ChangeOutcomes(nodes, caller, progress).ReadAsync(old.Node, generation.Number, g => g.Status == GenerationStatus.RolledBack, within, ct) is not null)
            return new ChangeException(new(ErrorKind.VerificationFailed, $"The change (generation {generation.Number}) was reverted, because {because} {old.Node} answers again.", old.Node,
                "It probably cuts the way to the node: look at its match, or use trace_packet for traffic to port 9575."), ChangeOutcome.Undone, cause);
        return new ChangeException(new(ErrorKind.Unavailable, $"The change (generation {generation.Number}) is reverted by the node unless it was confirmed after all: {because} {old.Node} does not answer yet.", old.Node,
            "Read list_changes for the outcome once it does; list_nodes says when."), null, cause);
    }
}
