namespace MeshMcp.Tools.Calls;

/// <summary>Who may approve a step that nothing can undo: <c>approvals</c> in the server's configuration.</summary>
public enum ApprovalPolicy
{
    /// <summary>The user alone: a client that cannot ask is refused. Holds unless the configuration says otherwise.</summary>
    Ask,
    /// <summary>The user, asked by the client where it can ask; elsewhere whoever calls, also a model on its own, by repeating the plan's digest.</summary>
    Digest,
    /// <summary>Nobody over MCP.</summary>
    Deny,
}
