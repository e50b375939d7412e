using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;

namespace MeshMcp.HostBridge.Access;

/// <summary>Who asks, with the rights that are left after every limit.</summary>
/// <param name="Proven">What the kernel or a certificate says: <c>uid 0</c>, <c>server/vps</c>.</param>
/// <param name="Scope">The lower of the delegate's ceiling and what the server passed on.</param>
/// <param name="IsLocal">On the socket itself, not through the relay.</param>
/// <param name="Systems">Sections it may change; null for all.</param>
/// <param name="Tool">By which tool of a server; null on the node itself.</param>
/// <param name="ConnectionAge">Time since the connection was accepted.</param>
public sealed record Caller(string Proven, Scope Scope, bool IsLocal, IReadOnlyList<string>? Systems, TimeSpan ConnectionAge, string? Tool = null)
{
    /// <summary>For whom a server says that it calls, which nothing proves; null where it calls for itself.</summary>
    public string? Says { get; init; }

    /// <summary>Both.</summary>
    public string Name => CallerIdentity.Told(Proven, Says);

    /// <summary>Root on the node itself, which nobody but root can be.</summary>
    public bool IsRoot => IsLocal && Proven == OfUser(0) && Scope == Scope.Admin && Systems is null;

    /// <summary>Whom history and audit name for what the node does by itself.</summary>
    public static readonly Caller Itself = new("meshmcp-hostbridge", Scope.Admin, true, null, TimeSpan.Zero);

    public static string OfUser(uint uid) => $"uid {uid}";

    /// <summary>The same; who forces what would be refused must be an admin without limits.</summary>
    /// <exception cref="MeshException">PermissionDenied.</exception>
    public Caller Forcing(bool force)
    {
        if (force) Require(Scope.Admin, null);
        return this;
    }

    /// <param name="sections">What would change; null when it can be anything, which a caller limited to some may not do.</param>
    /// <exception cref="MeshException">PermissionDenied.</exception>
    public void Require(Scope scope, IReadOnlyList<string>? sections)
    {
        if (Scope < scope)
            throw new MeshException(ErrorKind.PermissionDenied, $"{Name} has scope {Scope}; this needs {scope}.", "scope", "Use a token with that scope, or ask the operator of the node.");
        if (Systems is { } allowed && sections?.All(allowed.Contains) != true)
            throw new MeshException(ErrorKind.PermissionDenied, $"{Name} may change {string.Join(", ", allowed)} only.", "systems", "Ask the operator of the node to raise the ceiling in hostbridge.json.");
    }
}

/// <summary>Somebody who may do nothing at all here, and is to be named in the audit.</summary>
public sealed class StrangerException(Caller caller, string message) : MeshException(ErrorKind.PermissionDenied, message, "delegates", "Name it in hostbridge.json on the node, with a scope.")
{
    public Caller Caller { get; } = caller;
}
