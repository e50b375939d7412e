using MeshMcp.Contracts.Errors;

namespace MeshMcp.Tools.Changes;

/// <summary>A change that failed, with what became of it.</summary>
/// <param name="outcome">Null where that is not known.</param>
sealed class ChangeException(MeshError error, ChangeOutcome? outcome, Exception? inner = null) : MeshException(error, inner)
{
    /// <summary>What became of a change that failed so: what was wrong with the request was found before anything was done.</summary>
    public static ChangeOutcome? OutcomeOf(MeshException failure) => failure switch
    {
        ChangeException known => known.Outcome,
        { Error.Kind: ErrorKind.InvalidArgument or ErrorKind.NotFound or ErrorKind.Conflict or ErrorKind.PermissionDenied or ErrorKind.NotSupported } => ChangeOutcome.Refused,
        _ => null,
    };

    public ChangeOutcome? Outcome => outcome;
}
