using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.Store;

/// <summary>All that the host bridge remembers, in one folder.</summary>
public sealed class NodeStore
{
    public NodeStore(string folder, BootClock? clock = null, History? kept = null)
    {
        Clock = clock ?? new();
        Directory.CreateDirectory(folder);
        Generations = new(Path.Combine(folder, "generations"), kept ?? new());
        Declared = new(Path.Combine(folder, "declared"));
        Edits = new(Path.Combine(folder, "edits.jsonl"));
        Desired = new(Declared, Edits);
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
