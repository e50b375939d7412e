namespace MeshMcp.Contracts.State;

/// <summary>What becomes of drift: differences between desired and observed that no change of ours made.</summary>
public enum DriftMode
{
    /// <summary>It is put back.</summary>
    Enforce,
    /// <summary>It is reported, and only a change of the section itself is carried out.</summary>
    Observe,
}
