using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Trust;

namespace MeshMcp.HostBridge.Access;

/// <summary>What each delegate may do at most. Root may do everything; who is not named may do nothing.</summary>
public sealed class Ceilings(BridgeConfiguration configuration, TimeProvider time)
{
    const int MaxName = 64;

    /// <param name="passedName">Name of the caller that a server speaks for.</param>
    /// <param name="passedScope">That caller's scope: it can only lower the server's own.</param>
    /// <param name="passedTool">The tool that it called there.</param>
    public Caller CallerOf(Peer peer, string? passedName, string? passedScope, string? passedTool = null)
    {
        var own = peer.Certificate is { } certificate ? $"{MeshIdentity.WordOf(certificate.Role)}/{certificate.Name}" : null;
        var found = configuration.Delegates.FirstOrDefault(d => own is null ? d.Uid == peer.Uid : d.Certificate == own);
        if (found is null && own is null && peer.Uid == 0) found = new(Uid: 0, Scope: Scope.Admin);
        if (found is null)
            throw new MeshException(ErrorKind.PermissionDenied, $"{(own is null ? $"User {peer.Uid}" : $"Certificate {own}")} is no delegate of this node.", "delegates", "Name it in hostbridge.json on the node, with a scope.");
        var name = own ?? $"uid {peer.Uid}";
        if (passedName is { Length: > 0 }) name = $"{Clean(passedName)} via {name}";
        return new(name, Lower(found.Scope, passedScope), own is null, found.Systems, time.GetElapsedTime(peer.Accepted), passedTool is { Length: > 0 } ? Clean(passedTool) : null);
    }

    static Scope Lower(Scope ceiling, string? passed)
    {
        if (passed is null) return ceiling;
        return Enum.TryParse<Scope>(passed, ignoreCase: true, out var scope) && Enum.IsDefined(scope)
            ? (Scope)Math.Min((int)ceiling, (int)scope)
            : throw new MeshException(ErrorKind.InvalidArgument, "The scope that was passed on is none of read, operate, admin.", "scope");
    }

    /// <summary>The name ends up in logs and history.</summary>
    static string Clean(string passed) => new([.. Uri.UnescapeDataString(passed).Where(c => !char.IsControl(c)).Take(MaxName)]);
}
