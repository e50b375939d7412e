using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Systems.Systemd;

/// <summary>A unit as systemd has it.</summary>
/// <param name="Name">Its own, also when it was asked for by another.</param>
/// <param name="FileState"><c>enabled</c>, <c>disabled</c>, <c>static</c>, <c>masked</c> …; empty without a file.</param>
/// <param name="Failure">Why it failed, in short.</param>
public sealed record SeenUnit(string Name, string Description, string LoadState, string ActiveState, string SubState, string FileState, string? Failure = null)
{
    public bool IsThere => LoadState is not ("not-found" or "");

    public bool IsMasked => LoadState == "masked" || FileState is "masked" or "masked-runtime";

    /// <summary>It has nothing that enabling could do.</summary>
    public bool CannotBeEnabled => FileState is "static" or "generated" or "transient" or "alias" or "indirect";

    /// <summary>In the words of the state.</summary>
    public UnitState State => new()
    {
        Enabled = FileState == "enabled",
        ActiveState = ActiveState is "active" or "reloading" or "refreshing" ? UnitNames.Active : ActiveState == "activating" && Failure is null ? ActiveState : UnitNames.Inactive,
        Masked = IsMasked,
    };
}
