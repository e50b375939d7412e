using System.Text.Json.Serialization;

namespace MeshMcp.Contracts.Errors;

/// <summary>What kind of refusal this is; a caller decides by it whether to correct, wait or give up.</summary>
public enum ErrorKind
{
    /// <summary>The request itself is wrong; <see cref="MeshError.Problems"/> says where.</summary>
    InvalidArgument,
    NotFound,
    /// <summary>Something else holds what is needed, or the node changed since it was looked at.</summary>
    Conflict,
    PermissionDenied,
    ConfirmationRequired,
    NotSupported,
    /// <summary>The node, its relay or a daemon on it cannot be reached now.</summary>
    Unavailable,
    Timeout,
    /// <summary>A program or daemon refused; its own words are in the message.</summary>
    CommandFailed,
    VerificationFailed,
    /// <summary>A defect of MeshMcp itself.</summary>
    Bug,
}

/// <summary>One fault of a request.</summary>
/// <param name="Path">Where, as a path into the document (<c>openflow.bridges.mesh.flows[3]</c>).</param>
/// <param name="Message">What is wrong and what would be right.</param>
/// <param name="Position">Zero-based character inside the string at <paramref name="Path"/>, when it is a text with a grammar of its own.</param>
/// <param name="Nearest">Valid values that resemble the one given.</param>
public sealed record Problem([property: JsonPropertyOrder(-2)] string Path, string Message, int? Position = null, IReadOnlyList<string>? Nearest = null)
{
    [JsonPropertyOrder(-1)]
    public string Message { get; init; } = Words.Short(Message);

    /// <summary>Line and column (from 1) in the text that was read; absent where there was none.</summary>
    public int? Line { get; init; }
    public int? Column { get; init; }
}

/// <summary>A typed refusal: what, where, what to do next. The same shape on the socket, in MCP results and on the command line.</summary>
public sealed record MeshError([property: JsonPropertyOrder(-2)] ErrorKind Kind, string Message, string? Target = null, string? Hint = null, IReadOnlyList<Problem>? Problems = null)
{
    [JsonPropertyOrder(-1)]
    public string Message { get; init; } = Words.Short(Message);
}
