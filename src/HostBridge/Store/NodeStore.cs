using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.Store;

/// <summary>All that the host bridge remembers, in one folder.</summary>
public sealed class NodeStore
{
    const long LeastFree = 1 << 20;

    readonly string _folder;

    public NodeStore(string folder, BootClock? clock = null, History? kept = null)
    {
        Clock = clock ?? new();
        Directory.CreateDirectory(folder);
        Generations = new(Path.Combine(folder, "generations"), kept ?? new());
        Declared = new(Path.Combine(folder, "declared"));
        Edits = new(Path.Combine(folder, "edits.jsonl"));
        Desired = new(Declared, Edits);
        _folder = folder;
        SetAsideWhatStandsOnNothing();
    }

    /// <summary>Files of the state that could not be read, until somebody mends or deletes them.</summary>
    public IReadOnlyList<string> Corrupt => [.. new[] { "generations", "declared" }.SelectMany(f => CorruptFile.In(Path.Combine(_folder, f)))];

    /// <summary>The same of what the node remembers of the host.</summary>
    public IReadOnlyList<string> CorruptLedgers => CorruptFile.In(_folder);

    /// <exception cref="MeshException">Unavailable: a change could not be written down.</exception>
    public void RequireRoom()
    {
        if (new DriveInfo(_folder).AvailableFreeSpace is < LeastFree and var free)
            throw new MeshException(ErrorKind.Unavailable, $"{free >> 10} KiB are free where {_folder} is; a change needs {LeastFree >> 10}. Nothing was changed.", "state", "Make room on that file system.");
    }

    /// <summary>A generation stands on its document and its edits. The node goes back to the last one that has both.</summary>
    void SetAsideWhatStandsOnNothing()
    {
        foreach (var stored in Generations.List(int.MaxValue).Where(g => g.Generation.Status is not (GenerationStatus.RolledBack or GenerationStatus.Failed)))
        {
            var generation = stored.Generation;
            if (!Declared.Has(generation.Declared) || !Edits.Reaches(generation.Head)) Generations.SetAside(generation.Number);
            else if (generation.Status == GenerationStatus.Confirmed) return;
        }
    }

    public GenerationStore Generations { get; }
    public DeclaredDocuments Declared { get; }
    public EditLog Edits { get; }
    public DesiredStates Desired { get; }
    public BootClock Clock { get; }

    /// <summary>Writes a generation, and forgets with the oldest ones the documents that only they stood on.</summary>
    public void Write(StoredGeneration stored)
    {
        if (Generations.Write(stored)) Declared.Keep(Generations.All.Select(g => g.Generation.Declared).ToHashSet());
    }

    public NodeState DesiredAt(Generation? generation) => generation is null ? new() : Desired.At(generation.Declared, generation.Head);
}
