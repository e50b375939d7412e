namespace MeshMcp.HostBridge.Host;

/// <summary>Somebody did not answer before the question was given up.</summary>
/// <param name="who">What hangs, in the words that a person looks for: <c>`wg show wg0 dump` has not ended</c>.</param>
sealed class Unanswered(string who, CancellationToken given) : OperationCanceledException(who, given);
