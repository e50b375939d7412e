using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Systems.Xray;

/// <param name="Places">By container id: those that the state names and those that something was applied to.</param>
/// <param name="Secrets">Content by reference, of those that are there.</param>
/// <param name="Programs">Those on this host.</param>
/// <param name="Revoked">References of ids that are never good again; they are not among the secrets.</param>
public sealed record ObservedXray(IReadOnlyDictionary<string, XrayPlace> Places, IReadOnlyDictionary<string, string> Secrets, IReadOnlySet<XrayProgram> Programs, IReadOnlySet<string> Revoked);

/// <summary>A container as far as its configuration goes.</summary>
/// <param name="Exists">It has a root file system.</param>
/// <param name="Digest">Of the file in it; null without one.</param>
/// <param name="Applied">What was last put there; null when nothing is ours.</param>
/// <param name="Refused">What the program would not take, so that it is not asked again and again.</param>
/// <param name="Runs">Null while the container does not run; else whether the program does.</param>
public sealed record XrayPlace(bool Exists, string? Digest, AppliedXray? Applied, bool? Runs, RefusedXray? Refused = null);

/// <param name="Words">The error, with the program's words.</param>
public sealed record RefusedXray(string Digest, string Words);
