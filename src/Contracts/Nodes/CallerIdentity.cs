using System.Net.Http.Headers;
using MeshMcp.Contracts.Trust;

namespace MeshMcp.Contracts.Nodes;

/// <summary>On whose behalf a server calls. The node takes it as a limit below the server's own ceiling, never as a claim above it.</summary>
/// <param name="Tool">The tool or request by which the caller asks, for the audit.</param>
public sealed record CallerIdentity(string Name, Scope Scope, string? Tool = null)
{
    public const string NameHeader = "X-MeshMcp-Caller";
    public const string ScopeHeader = "X-MeshMcp-Scope";
    public const string ToolHeader = "X-MeshMcp-Tool";

    /// <summary>Who is proven, and for whom that one only says it speaks: <c>server/vps (says: operator)</c>.</summary>
    public static string Told(string proven, string? says) => says is null ? proven : $"{proven} (says: {says})";

    public void Write(HttpRequestHeaders headers)
    {
        headers.Add(NameHeader, Uri.EscapeDataString(Name));
        headers.Add(ScopeHeader, Scope.ToString());
        if (Tool is not null) headers.Add(ToolHeader, Uri.EscapeDataString(Tool));
    }
}
