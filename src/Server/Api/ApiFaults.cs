using MeshMcp.Contracts.Errors;
using MeshMcp.Server.Mcp;

namespace MeshMcp.Server.Api;

/// <summary>What goes wrong before a tool is reached, as a problem too.</summary>
static partial class ApiFaults
{
    public static async Task ToldAsync(HttpContext context, Func<Task> answer)
    {
        try
        {
            await answer();
        }
        catch (MeshException e) when (!context.Response.HasStarted)
        {
            await ApiAnswers.ProblemAsync(context, ApiProblem.Of(e.Error, context.Request.Path));
        }
        catch (BadHttpRequestException e) when (!context.Response.HasStarted)
        {
            await ApiAnswers.ProblemAsync(context, ApiProblem.Of(new(ErrorKind.InvalidArgument, e.Message, "body"), context.Request.Path, e.StatusCode));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller left; a change has gone on to its end all the same.
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            var id = Guid.NewGuid().ToString("N")[..8];
            LogFault(context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(ApiFaults)), id, e);
            await ApiAnswers.ProblemAsync(context, ApiProblem.Of(new(ErrorKind.Bug, "The request failed by a defect of MeshMcp.", $"fault {id}", $"The server's log has the details under {id}; give it to the operator."), context.Request.Path));
        }
    }

    /// <summary>Turned away at the door: no token, a foreign host, too many requests.</summary>
    public static Task RefusedAsync(HttpContext context, Refusal refusal) => ApiAnswers.ProblemAsync(context, ApiProblem.Of(new(
        refusal.Status == StatusCodes.Status429TooManyRequests ? ErrorKind.Unavailable : ErrorKind.PermissionDenied, refusal.Message), context.Request.Path, refusal.Status));

    /// <summary>There is no such path, or not with this method.</summary>
    public static Task NowhereAsync(HttpContext context)
    {
        var (method, path) = (context.Request.Method, context.Request.Path.ToString());
        if (context.RequestServices.GetRequiredService<ApiRoutes>().MethodsOf(path) is not { Count: > 0 } methods)
            return ApiAnswers.ProblemAsync(context, ApiProblem.Of(new(ErrorKind.NotFound, $"There is no {path}.", "path", $"GET {OpenApi.Path} describes all there is."), path));
        context.Response.Headers.Allow = string.Join(", ", methods);
        return ApiAnswers.ProblemAsync(context, ApiProblem.Of(new(ErrorKind.NotSupported, $"{path} has no {method}.", "method", $"It has {string.Join(", ", methods)}."), path, StatusCodes.Status405MethodNotAllowed));
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Fault {Id} in the API")]
    static partial void LogFault(ILogger log, string id, Exception fault);
}
