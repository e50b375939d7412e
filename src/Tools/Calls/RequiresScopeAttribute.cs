using System.Runtime.CompilerServices;
using MeshMcp.Contracts.Trust;
using ModelContextProtocol.Server;

namespace MeshMcp.Tools.Calls;

/// <summary>The scope a caller needs for the tool this method is.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequiresScopeAttribute(Scope scope) : Attribute
{
    public Scope Scope { get; } = scope;

    static readonly ConditionalWeakTable<McpServerTool, object> Known = [];

    /// <summary>What <paramref name="tool"/> declares; a tool that declares nothing needs <see cref="Scope.Admin"/>.</summary>
    public static Scope Of(McpServerTool tool) => (Scope)Known.GetValue(tool, static t => t.Metadata.OfType<RequiresScopeAttribute>().FirstOrDefault()?.Scope ?? Scope.Admin);
}
