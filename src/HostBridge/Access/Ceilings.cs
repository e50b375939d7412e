using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Trust;

namespace MeshMcp.HostBridge.Access;

/// <summary>What each delegate may do at most. Root may do everything; who is not named may do nothing.</summary>
public sealed class Ceilings(BridgeConfiguration configuration, Revocations revocations, TimeProvider time)
{
    const int MaxName = 64;
    const string Signs = "._-:@ ";

    /// <param name="passedName">Name of the caller that a server speaks for.</param>
    /// <param name="passedScope">That caller's scope: it can only lower the server's own.</param>
    /// <param name="passedTool">The tool that it called there.</param>
    public Caller CallerOf(Peer peer, string? passedName, string? passedScope, string? passedTool = null)
    {
        var alone = peer.Unchecked;
        var own = alone.IsLocal ? null : alone.Proven;
        var found = configuration.Delegates.FirstOrDefault(d => own is null ? d.Uid == peer.Uid : d.Certificate == own);
        if (found is null && own is null && peer.Uid == 0) found = new(Uid: 0, Scope: Scope.Admin);
        var caller = alone with { Scope = found?.Ceiling ?? Scope.Read, Systems = found?.Systems, ConnectionAge = time.GetElapsedTime(peer.Accepted), Tool = Clean(passedTool), Says = Clean(passedName) };
        if (peer.Certificate is { } certificate && revocations.Since(certificate) is { } since)
            throw new StrangerException(caller with { Scope = Scope.Read, Systems = [] }, $"Certificate {own} ({certificate.Fingerprint[..12]}…) was revoked on {since.UtcDateTime:yyyy-MM-dd HH:mm} UTC.");
        if (found is null) throw new StrangerException(caller, $"{(own is null ? $"User {peer.Uid}" : $"Certificate {own}")} is no delegate of this node.");
        return caller with { Scope = Lower(found.Ceiling, passedScope) };
    }

    static Scope Lower(Scope ceiling, string? passed)
    {
        if (passed is null) return ceiling;
        return Enum.TryParse<Scope>(passed, ignoreCase: true, out var scope) && Enum.IsDefined(scope)
            ? (Scope)Math.Min((int)ceiling, (int)scope)
            : throw new MeshException(ErrorKind.InvalidArgument, "The scope that was passed on is none of read, operate, admin.", "scope");
    }

    /// <summary>It ends up in logs and history, where nothing of it may look like what is proven. Null when nothing is left.</summary>
    static string? Clean(string? passed) =>
        passed is not null && new string([.. Uri.UnescapeDataString(passed).Where(c => char.IsAsciiLetterOrDigit(c) || Signs.Contains(c)).Take(MaxName)]) is { Length: > 0 } clean ? clean : null;
}
