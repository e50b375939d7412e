using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Host.Lxc;

namespace MeshMcp.HostBridge.Systems.Lxc;

/// <summary>Files of deleted containers: kept a while so that a deletion can be taken back, then gone for good.</summary>
public sealed class ContainerTrash(ContainerFolders folders, NodeEngine engine, TimeProvider time)
{
    static readonly TimeSpan Kept = TimeSpan.FromDays(7);

    public static IReadOnlyList<TrashedContainer> List() =>
        [.. ContainerFolders.Trashed().Select(t => new TrashedContainer(t.Id, ContainerObservation.Read(t.Item)?.Properties.Name, t.At, t.At + Kept, t.Identity))];

    /// <summary>All that was deleted under this id, or under the one of this name. A change that waits for its confirmation may still need it.</summary>
    /// <param name="only">Identities of those that are meant; null: all.</param>
    public async Task PurgeAsync(string id, CancellationToken ct, IReadOnlyList<string>? only = null)
    {
        if (engine.Unfinished is { } waiting)
            throw new MeshException(ErrorKind.Conflict, $"Generation {waiting.Generation.Number} is not confirmed yet; undoing it may need what is in the trash.", "id", "Confirm it first, or undo it.");
        var meant = CalledContainer.Find(id, List(), t => t.Id, t => t.Name, "id")?.Id ?? id;
        TrashedFolder[] found = [.. ContainerFolders.Trashed().Where(t => t.Id == meant)];
        if (found.Length == 0)
            throw new MeshException(ErrorKind.NotFound, $"There is no deleted container {id} in the trash.", "id",
                ContainerFolders.Trashed() is { Count: > 0 } there ? $"In the trash: {string.Join(", ", there.Select(t => t.Id).Distinct())}. A container must be deleted before it is purged." : "The trash is empty. A container must be deleted before it is purged.");
        if (only is not null) found = [.. found.Where(t => only.Contains(t.Identity))];
        if (found.Length == 0)
            throw new MeshException(ErrorKind.Conflict, $"What is in the trash as container {id} is another one than the one that is meant.", "only", "Look at the trash again: list_containers.");
        foreach (var trashed in found) await folders.PurgeAsync(trashed, ct);
    }

    /// <summary>Removes what has been there long enough.</summary>
    public async Task EmptyAsync(CancellationToken ct)
    {
        foreach (var old in Due(ContainerFolders.Trashed(), engine.Unfinished is not null, time.GetUtcNow())) await folders.PurgeAsync(old, ct);
    }

    /// <summary>What has been there long enough: nothing while a change waits, as undoing it may need any of it.</summary>
    public static IEnumerable<TrashedFolder> Due(IEnumerable<TrashedFolder> trash, bool waits, DateTimeOffset now) => waits ? [] : trash.Where(t => t.At + Kept < now);
}
