using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Store;

/// <summary>What was there before a change: the sections of the systems concerned; one that is named but absent means "nothing of ours".</summary>
public sealed record Snapshot(IReadOnlyList<string> Systems, NodeState State);
