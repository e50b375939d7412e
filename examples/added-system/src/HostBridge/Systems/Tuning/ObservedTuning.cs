namespace MeshMcp.HostBridge.Systems.Tuning;

/// <param name="Before">What each setting of ours was.</param>
/// <param name="Now">What it is, of ours and of what is wanted; null where the kernel has none of that name.</param>
sealed record ObservedTuning(IReadOnlyDictionary<string, string> Before, IReadOnlyDictionary<string, string?> Now);
