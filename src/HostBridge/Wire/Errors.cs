using System.Text.Json;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Audit;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.Wire;

/// <summary>Turns what a request throws into a <see cref="MeshError"/> with its HTTP status, and refuses browsers.</summary>
public sealed partial class Errors(RequestDelegate next, AuditLog audit, ILogger<Errors> log)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            RefuseBrowsers(context);
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to answer.
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            var (status, error) = Answer(context, e);
            context.Response.StatusCode = status;
            await Wire.AnswerAsync(context, error, MeshJson.Default.MeshError);
        }
    }

    void RefuseBrowsers(HttpContext context)
    {
        var request = context.Request;
        if (request.Headers.Origin.Count == 0 && request.Headers.Referer.Count == 0 && !request.Headers.ContainsKey("Sec-Fetch-Mode")) return;
        var refusal = new MeshException(ErrorKind.PermissionDenied, "This socket is not for browsers.", "origin", "Use the program meshctl, or curl --unix-socket.");
        audit.Refused(context.Features.Get<Peer>()?.Unchecked, $"{request.Method} {request.Path}", refusal);
        throw refusal;
    }

    (int Status, MeshError Error) Answer(HttpContext context, Exception e)
    {
        switch (e)
        {
            case MeshException mesh:
                return (StatusOf(mesh.Error.Kind), mesh.Error);
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                return (StatusCodes.Status413PayloadTooLarge, new(ErrorKind.InvalidArgument, $"The request is larger than {Limits.MaxRequestBytes / 1024 / 1024} MiB.", "body", "Send a smaller one."));
            case BadHttpRequestException bad:
                return (bad.StatusCode, new(ErrorKind.InvalidArgument, bad.Message, "request", "Send a well-formed request."));
            case JsonException json:
                return (StatusCodes.Status400BadRequest, new(ErrorKind.InvalidArgument, $"The request does not fit{(json.Path is null ? "" : $" at {json.Path}")}: {json.Message}", json.Path ?? "body", "Correct the body; the wire format is in ARCHITECTURE.md."));
            case IOException or UnauthorizedAccessException:
                return (StatusCodes.Status503ServiceUnavailable, FileFault.Of(e));
            default:
                LogDefect(log, context.Request.Path, e);
                return (StatusCodes.Status500InternalServerError, new(ErrorKind.Bug, e.Message, Hint: "This is a defect of MeshMcp: please report it with the host bridge's log."));
        }
    }

    static int StatusOf(ErrorKind kind) => kind switch
    {
        ErrorKind.InvalidArgument => StatusCodes.Status400BadRequest,
        ErrorKind.NotFound => StatusCodes.Status404NotFound,
        ErrorKind.Conflict or ErrorKind.ConfirmationRequired => StatusCodes.Status409Conflict,
        ErrorKind.PermissionDenied => StatusCodes.Status403Forbidden,
        ErrorKind.NotSupported => StatusCodes.Status501NotImplemented,
        ErrorKind.Unavailable => StatusCodes.Status503ServiceUnavailable,
        ErrorKind.Timeout => StatusCodes.Status504GatewayTimeout,
        _ => StatusCodes.Status500InternalServerError,
    };

    [LoggerMessage(Level = LogLevel.Error, Message = "Defect at {Path}")]
    static partial void LogDefect(ILogger log, string path, Exception e);
}
