using System.Text.Json;
using System.Threading.RateLimiting;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Joining;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Logs;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.Server.Http;
using MeshMcp.Server.Nodes;
using Microsoft.AspNetCore.Http.Features;

namespace MeshMcp.Server.Enrollment;

/// <summary>
/// <c>/enroll</c>, where machines without a token or certificate ask to join: hands a request to the node that holds the authority and decides nothing itself.
/// GET gives the authority's certificate, whose fingerprint the asker knows; POST a certificate for a valid invitation.
/// </summary>
sealed partial class EnrollEndpoint(EnrollDoor door, ILogger<EnrollEndpoint> log, RefusalReports? refusals = null) : IDisposable
{
    public const string Path = "/enroll";

    const int PerMinute = 10, PerMinuteRevoked = 300, AtOnce = 4, Waiting = 16;

    /// <summary>Joining takes two requests; more than a handful from one place is somebody who guesses.</summary>
    readonly AddressLimit _perAddress = new(PerMinute);

    /// <summary>Every node asks three times a minute, and several may have one address.</summary>
    readonly AddressLimit _perAddressRevoked = new(PerMinuteRevoked);

    readonly ConcurrencyLimiter _atOnce = new(new() { PermitLimit = AtOnce, QueueLimit = Waiting });

    readonly HttpMessageHandler _transport = NodeTransport.Create(door.Endpoint);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, (RequestDelegate)(context => AnsweredAsync(context, AuthorityAsync)));
        routes.MapGet(Path + EnrollmentClient.RevokedPath, (RequestDelegate)(context => AnsweredAsync(context, RevokedAsync, _perAddressRevoked)));
        routes.MapPost(Path, (RequestDelegate)(context => AnsweredAsync(context, EnrollAsync)));
    }

    public void Dispose()
    {
        _perAddress.Dispose();
        _perAddressRevoked.Dispose();
        _atOnce.Dispose();
        _transport.Dispose();
    }

    async Task AuthorityAsync(HttpContext context)
    {
        var pem = await File.ReadAllTextAsync(door.Authority, context.RequestAborted);
        context.Response.ContentType = "application/x-pem-file";
        await context.Response.WriteAsync(pem, context.RequestAborted);
    }

    /// <summary>As the node that holds the authority says; it tells it to this server also when that is revoked itself.</summary>
    async Task RevokedAsync(HttpContext context)
    {
        using var client = new NodeClient(door.Node, _transport, new CallerIdentity(AddressOf(context), Scope.Read), ownsTransport: false);
        await context.Response.WriteAsJsonAsync(await client.RevocationsAsync(context.RequestAborted), MeshJson.Default.RevocationList, cancellationToken: context.RequestAborted);
    }

    async Task EnrollAsync(HttpContext context)
    {
        var request = await ReadAsync(context);
        using var turn = await _atOnce.AcquireAsync(1, context.RequestAborted);
        if (!turn.IsAcquired) throw TooMany;
        using var client = new NodeClient(door.Node, _transport, new CallerIdentity(AddressOf(context), Scope.Read), ownsTransport: false);
        var enrolled = await client.EnrollAsync(request, context.RequestAborted);
        LogEnrolled(log, enrolled.Node, AddressOf(context), request.Renewal is null ? "joined" : "renewed its certificate");
        await context.Response.WriteAsJsonAsync(enrolled, MeshJson.Default.Enrolled, cancellationToken: context.RequestAborted);
    }

    async Task AnsweredAsync(HttpContext context, Func<HttpContext, Task> answer, AddressLimit? limiter = null)
    {
        try
        {
            if (!(limiter ?? _perAddress).Admits(AddressOf(context))) throw TooMany;
            await answer(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to answer.
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            var (status, error) = Refusal(context, e);
            if (status == StatusCodes.Status429TooManyRequests) AddressLimit.Refuse(context.Response);
            else context.Response.StatusCode = status;
            await context.Response.WriteAsJsonAsync(error, MeshJson.Default.MeshError);
        }
    }

    static async Task<EnrollRequest> ReadAsync(HttpContext context)
    {
        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = EnrollRequest.MaxBytes;
        return await JsonSerializer.DeserializeAsync(context.Request.Body, MeshJson.Default.EnrollRequest, context.RequestAborted) ?? throw new JsonException("The body is null.");
    }

    (int Status, MeshError Error) Refusal(HttpContext context, Exception e)
    {
        LogRefused(log, AddressOf(context), e.Message);
        // What the signing node refuses is in its audit already; where it is silent nobody is refused.
        if (e is MeshException { Error: var error } && error == TooManyRequests) refusals?.Tell(AddressOf(context), $"{context.Request.Method} {context.Request.Path}", error.Message, null);
        return e switch
        {
            MeshException mesh when mesh.Error == TooManyRequests => (StatusCodes.Status429TooManyRequests, mesh.Error),
            // What the signing node says of the request is for the asker; what we say of that node is not.
            MeshException { Error: { Kind: ErrorKind.InvalidArgument or ErrorKind.PermissionDenied or ErrorKind.Conflict or ErrorKind.NotSupported } said } when said.Target != door.Node =>
                (said.Kind == ErrorKind.Conflict ? StatusCodes.Status409Conflict : said.Kind == ErrorKind.PermissionDenied ? StatusCodes.Status403Forbidden : StatusCodes.Status400BadRequest, said),
            BadHttpRequestException bad => (bad.StatusCode, new(ErrorKind.InvalidArgument, bad.Message, "body", $"A request has at most {EnrollRequest.MaxBytes} bytes.")),
            JsonException => (StatusCodes.Status400BadRequest, new(ErrorKind.InvalidArgument, "The body is not a request to join.", "body", "Use meshctl node join.")),
            _ => (StatusCodes.Status503ServiceUnavailable, new(ErrorKind.Unavailable, "The node that signs certificates cannot be asked now.", "enroll", "Try again later; the server's log says why. The invitation is not spent, unless meshctl node list shows the node there.")),
        };
    }

    static string AddressOf(HttpContext context) => PeerAddress.Of(context.Connection.RemoteIpAddress);

    static readonly MeshError TooManyRequests = new(ErrorKind.Unavailable, "Too many requests to join come from here.", "enroll", "Try again in a minute.");

    static MeshException TooMany => new(TooManyRequests);

    [LoggerMessage(Level = LogLevel.Information, Message = "Node {Node} at {Address} {What}")]
    static partial void LogEnrolled(ILogger log, string node, string address, string what);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A request at the door for joining from {Address} was not served: {Reason}")]
    static partial void LogRefused(ILogger log, string address, string reason);
}
