namespace MeshMcp.Contracts.Errors;

/// <summary>Carries a <see cref="MeshError"/> to the edge that answers the caller.</summary>
public class MeshException(MeshError error, Exception? inner = null) : Exception(error.Message, inner)
{
    public MeshError Error { get; } = error;

    /// <summary>A node answered so, and has it in its audit where it is a refusal.</summary>
    public bool IsOfNode { get; init; }

    public MeshException(ErrorKind kind, string message, string? target = null, string? hint = null, Exception? inner = null)
        : this(new MeshError(kind, message, target, hint), inner)
    {
    }
}
