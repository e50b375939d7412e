namespace MeshMcp.Contracts.State;

/// <summary>What becomes of drift: differences between desired and observed that no change of ours made.</summary>
public enum DriftMode
{
    /// <summary>It is put back.</summary>
    Enforce,
    /// <summary>It is reported, and only a change of the section itself is carried out.</summary>
    Observe,
    /// <summary>A document left the section out: it stays as it was said last, and nobody puts it right or takes it away until a document has it again or an edit is made of it.</summary>
    Unmanaged,
}
