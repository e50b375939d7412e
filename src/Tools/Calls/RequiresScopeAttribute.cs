using MeshMcp.Contracts.Trust;

namespace MeshMcp.Tools.Calls;

/// <summary>The scope a caller needs for the tool this method is. A tool without it needs <see cref="Scope.Admin"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequiresScopeAttribute(Scope scope) : Attribute
{
    public Scope Scope { get; } = scope;
}
