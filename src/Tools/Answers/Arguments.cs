using MeshMcp.Contracts.Errors;

namespace MeshMcp.Tools.Answers;

/// <summary>Descriptions of the arguments that several tools take, and their bounds.</summary>
static class Arguments
{
    public const string Node = "From list_nodes, e.g. oo1424oo";
    public const string Why = "Reason, e.g. office API";
    public const string ConfirmWithin = "Seconds till undone unless confirmed, e.g. 120";
    public const string For = "Taken back after this, e.g. 60s; again extends, without keeps";
    public const string Cursor = "nextCursor of the answer before, e.g. 50";

    /// <exception cref="MeshException">InvalidArgument, with what would be right.</exception>
    public static void Within(int value, int least, int most, string name)
    {
        if (value < least || value > most)
            throw new MeshException(new MeshError(ErrorKind.InvalidArgument, $"{name} is {value}; {least} to {most} is possible.", name, $"Give a number from {least} to {most}, or leave it out.",
                [new(name, $"must be from {least} to {most}")]));
    }
}
