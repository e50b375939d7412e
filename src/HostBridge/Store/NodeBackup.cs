using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Store;

/// <summary>What a node can be made anew from. Containers' own files are not in it.</summary>
/// <param name="Edits">The lines of the log that its state stands on, oldest first.</param>
/// <param name="Secrets">Contents by name.</param>
public sealed record NodeBackup(string Node, DateTimeOffset At, int? Generation, NodeState Declared, IReadOnlyList<EditEntry> Edits, IReadOnlyDictionary<string, string> Secrets);
