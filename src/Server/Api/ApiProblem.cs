using System.Text.Json.Serialization;
using System.Text.Json;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.Server.Api;

/// <summary>A refusal as RFC 9457 has it, with what a <see cref="MeshError"/> says beside it.</summary>
/// <param name="Type"><c>urn:meshmcp:error:</c> and the kind.</param>
/// <param name="Instance">The path that was asked.</param>
/// <param name="Kind">As on every face of the mesh: <c>InvalidArgument</c>, <c>Conflict</c> …</param>
sealed record ApiProblem(string Type, string Title, int Status, string Detail, string Instance, ErrorKind Kind)
{
    public const string ContentType = "application/problem+json";

    /// <summary>What it is about.</summary>
    public string? Target { get; init; }

    /// <summary>What to do.</summary>
    public string? Hint { get; init; }

    /// <summary>Every fault, with its path into arguments or document.</summary>
    public IReadOnlyList<Problem>? Problems { get; init; }

    /// <summary>The requests for the operations that <see cref="Hint"/> names.</summary>
    public IReadOnlyDictionary<string, string>? Operations { get; init; }

    /// <param name="status">Null: what the kind says.</param>
    public static ApiProblem Of(MeshError error, string instance, int? status = null) => new($"urn:meshmcp:error:{JsonNamingPolicy.CamelCase.ConvertName(error.Kind.ToString())}", TitleOf(error.Kind), status ?? StatusOf(error), error.Message, instance, error.Kind)
    {
        Target = error.Target,
        Hint = error.Hint,
        Problems = error.Problems,
    };

    static int StatusOf(MeshError error) => error.Kind switch
    {
        ErrorKind.InvalidArgument => StatusCodes.Status400BadRequest,
        ErrorKind.NotFound => StatusCodes.Status404NotFound,
        ErrorKind.Conflict => error.Target == "expectedRevision" ? StatusCodes.Status412PreconditionFailed : StatusCodes.Status409Conflict,
        ErrorKind.PermissionDenied => StatusCodes.Status403Forbidden,
        ErrorKind.ConfirmationRequired => StatusCodes.Status428PreconditionRequired,
        ErrorKind.NotSupported => StatusCodes.Status501NotImplemented,
        ErrorKind.Unavailable => StatusCodes.Status503ServiceUnavailable,
        ErrorKind.Timeout => StatusCodes.Status504GatewayTimeout,
        ErrorKind.CommandFailed or ErrorKind.VerificationFailed => StatusCodes.Status502BadGateway,
        _ => StatusCodes.Status500InternalServerError,
    };

    static string TitleOf(ErrorKind kind) => kind switch
    {
        ErrorKind.InvalidArgument => "The request is not valid",
        ErrorKind.NotFound => "There is no such thing",
        ErrorKind.Conflict => "Something else stands against it",
        ErrorKind.PermissionDenied => "Not allowed",
        ErrorKind.ConfirmationRequired => "It needs a confirmation",
        ErrorKind.NotSupported => "Not supported",
        ErrorKind.Unavailable => "Not reachable now",
        ErrorKind.Timeout => "No answer in time",
        ErrorKind.CommandFailed => "A program on the node refused",
        ErrorKind.VerificationFailed => "The node did not become as asked",
        _ => "A defect of MeshMcp",
    };
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ApiProblem))]
sealed partial class ApiProblemJson : JsonSerializerContext;
