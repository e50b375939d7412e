using System.Threading.Channels;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Engine;

public sealed partial class NodeEngine
{
    /// <summary>Takes what is ours on the host into the desired state, as edits by the usual path.</summary>
    public ChannelReader<ApplyEvent> Adopt(AdoptRequest request, Caller caller) => Run(async report =>
    {
        RefuseWhileUnfinished();
        var edits = await planner.SystemOf(request.Section).AdoptAsync(Desired, CancellationToken.None);
        if (edits.Count == 0)
        {
            report.TryWrite(new ApplyEvent.Finished(false, null, null));
            return;
        }
        await ChangeAsync(() => Propose(new ChangeRequest { Edits = edits, Why = request.Why ?? $"adopted from the host: {request.Section}" }), null, caller, report);
    });

    /// <summary>What a backup holds of the engine's: the confirmed document and its edits.</summary>
    public NodeBackup Backup(string node, IReadOnlyDictionary<string, string> secrets)
    {
        var (document, head) = Base();
        return new(node, time.GetUtcNow(), store.Generations.Confirmed?.Number, store.Declared.Read(document), store.Edits.Up(head).Lines, secrets);
    }

    /// <summary>Puts a backup in the place of what is desired, as a change of its own.</summary>
    public ChannelReader<ApplyEvent> Restore(NodeBackup backup, int? confirmWithin, string? why, bool force, Action secrets, Caller caller) => Run(async report =>
    {
        RefuseWhileUnfinished();
        if (!force && store.Generations.Newest is { } newest) throw Taken(newest.Generation.Number);
        CheckConfirmWithin(confirmWithin);
        var chain = new EditChain(backup.Edits);
        // What was there for a while, and would be over by now, is not opened again.
        if (chain.Expire(e => SecondsLeft(e) <= 0) is { } expired) chain = chain.With(expired);
        var state = DesiredStates.Fold(backup.Declared, chain);
        if (declaredFile.Refusal(backup.Declared) is { } refusal) throw new MeshException(refusal);
        // A state may name what only a secret tells, so they come first; nothing else reads them.
        secrets();
        planner.Validate(state);
        await ChangeAsync(() => new(state, backup.Declared, [], false, new HashSet<string>(), [$"restore of {backup.Node}, {backup.At:u}"], [], confirmWithin, why, (_, _, generation) =>
            (store.Declared.Add(backup.Declared), store.Edits.Import(chain.Lines, generation))) { Force = force }, null, caller, report);
    });

    static MeshException Taken(int generation) => new(ErrorKind.Conflict, $"This node has a state already (generation {generation}).", "force",
        "Restore on a fresh node, or give --force to put the backup in the place of this state and of the secrets of the same names.");
}
