namespace MeshMcp.Contracts.Errors;

/// <summary>Carries a <see cref="MeshError"/> to the edge that answers the caller.</summary>
public sealed class MeshException(MeshError error, Exception? inner = null) : Exception(error.Message, inner)
{
    public MeshError Error { get; } = error;

    public MeshException(ErrorKind kind, string message, string? target = null, string? hint = null, Exception? inner = null)
        : this(new MeshError(kind, message, target, hint), inner)
    {
    }
}
