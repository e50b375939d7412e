using System.Text.Json;
using MeshMcp.Contracts.Trust;
using MeshMcp.Server.Http;
using MeshMcp.Server.Mcp.Filters;
using MeshMcp.Tools.Calls;
using Microsoft.Net.Http.Headers;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Server.Mcp;

/// <summary>
/// What the package (ModelContextProtocol.AspNetCore 2.4.0) knows nothing of, or does badly: who calls over which connection, scopes answered by HTTP,
/// the end of a connection, limits of sessions, streams that are opened again.
/// </summary>
sealed class McpDoor(RequestDelegate next, Dialects dialects, Sessions sessions, HttpSettings settings, TimeProvider time, IHostApplicationLifetime lifetime, EndpointDataSource endpoints)
{
    static readonly Refusal TooManySessions = new(StatusCodes.Status503ServiceUnavailable, Refusal.General, "Too many sessions are in use");
    static readonly Refusal NoSession = new(StatusCodes.Status404NotFound, Refusal.SessionNotFound,
        "Session not found: it ended, or the server was started anew. Nothing was done; the client must connect again (initialize), which some do only when they are told to or started anew");

    static readonly Refusal SecondListener = new(StatusCodes.Status409Conflict, Refusal.General, "This session already has an open GET stream; with Last-Event-ID another goes on in its place");
    static readonly Refusal NoMoreListening = new(StatusCodes.Status405MethodNotAllowed, Refusal.General, $"A session of a revision before {ProtocolVersions.NewestSession} can listen once");

    static readonly MediaTypeHeaderValue[] Spoken = [new("application/json"), new(EventStreamResponse.MediaType)];

    static readonly TimeSpan HeadersWithin = TimeSpan.FromMilliseconds(100);

    readonly Lazy<RequestDelegate> _end = new(() => endpoints.Endpoints.OfType<RouteEndpoint>().Single(e =>
        e.RoutePattern.RawText?.TrimEnd('/') == McpEndpoint.Path && e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains(HttpMethods.Delete) == true).RequestDelegate!);

    public Task InvokeAsync(HttpContext context)
    {
        if (context.Request.Path != McpEndpoint.Path) return next(context);
        if (AskedTools.Check(context.Request, dialects.Stateless.ToolCollection ?? []) is { } none) return none.WriteAsync(context);
        SayWhatIsAccepted(context.Request);
        var call = new HttpCall(context);
        context.User = new HttpPrincipal(call.CallerName, call);
        return context.Request.Method switch
        {
            "POST" => PostAsync(context, call),
            _ when CheckVersion(context.Request) is { } refusal => refusal.WriteAsync(context),
            "GET" => GetAsync(context, call.CallerName),
            "DELETE" => DeleteAsync(context, call.CallerName),
            // What a GET begins is a stream, which has nothing to say of itself beforehand: the question is whether there is anything, and for this caller.
            "HEAD" => Task.CompletedTask,
            _ => next(context),
        };
    }

    async Task PostAsync(HttpContext context, HttpCall call)
    {
        var (message, unreadable) = await PostedMessage.ReadAsync(context.Request, settings.Limits.BodyBytes);
        var tool = message?.Tool is { } name && dialects.Stateless.ToolCollection!.TryGetPrimitive(name, out var found) ? found : null;
        if ((unreadable ?? CheckVersion(context.Request) ?? CheckScope(context, call, tool, message)) is { } refusal)
        {
            await refusal.WriteAsync(context, message?.Id ?? default);
            return;
        }
        var changes = tool is not null && RequiresScopeAttribute.Of(tool) != Scope.Read;
        // The first progress sends the headers, and then it would be too late for the tool to end the connection in words the client hears.
        if (changes && message!.ReportsProgress) context.Response.Headers.Connection = "close";
        if (VersionOf(context.Request) == ProtocolVersions.Stateless) await next(context);
        else await PostToSessionAsync(context, message!, call.CallerName, changes);
    }

    async Task PostToSessionAsync(HttpContext context, PostedMessage message, string caller, bool changes)
    {
        var given = SessionOf(context.Request);
        Session? session, givesWay = null;
        if (given.Length == 0 && message.Method == RequestMethods.Initialize)
        {
            session = sessions.Open(caller, out givesWay);
            if (session is null)
            {
                context.Response.Headers.RetryAfter = "5";
                await TooManySessions.WriteAsync(context, message.Id);
                return;
            }
        }
        else
        {
            // Clients that do not begin anew by themselves give their model these words.
            if (given.Length > 0 && sessions.Find(given) is null)
            {
                await NoSession.WriteAsync(context, message.Id);
                return;
            }
            session = sessions.Enter(given, caller);
            // The package holds a session to the version of its initialize, although clients name the newest that both sides speak.
            if (session is not null) context.Request.Headers.Remove(McpEndpoint.VersionHeader);
        }
        if (givesWay is not null) await EndAsync(context, givesWay);
        var body = context.Response.Body;
        await using var answer = new AnswerStream(context.Response.BodyWriter, time, () =>
        {
            if (changes) context.Response.Headers.Connection = "close";
        });
        context.Response.Body = answer;
        if (session is { Id: null }) context.Response.OnStarting(() =>
        {
            // Known by its id before the client is.
            session.Id ??= context.Response.Headers[McpEndpoint.SessionHeader];
            return Task.CompletedTask;
        });
        // The package answers a request that was cancelled never, and its client would wait for ever.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        var gone = context.RequestAborted;
        var waits = session is not null && message is { Id.Id: not null, Method: not (null or RequestMethods.Initialize) };
        if (waits)
        {
            session!.Asks(message.Id, end);
            context.RequestAborted = end.Token;
        }
        try
        {
            await next(context);
            if (message.Method == NotificationMethods.CancelledNotification) session?.Cancel(message.Cancelled);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested && !gone.IsCancellationRequested)
        {
            // As it was asked for.
        }
        catch (JsonException e) when (!context.Response.HasStarted)
        {
            // The package reads the parameters of initialize outside its own error handling: protocolVersion 7 would be a 500.
            session?.Id ??= context.Response.Headers[McpEndpoint.SessionHeader];
            context.Response.Clear();
            context.Response.Body = body;
            await new Refusal(StatusCodes.Status400BadRequest, McpErrorCode.InvalidParams, e.Message).WriteAsync(context, message.Id);
        }
        finally
        {
            if (session is not null)
            {
                if (waits) session.Answered(message.Id, end);
                sessions.Leave(session);
                if (given.Length == 0 && context.Features.Get<McpServer>()?.NegotiatedProtocolVersion is null) await EndAsync(context, session);
            }
        }
    }

    async Task GetAsync(HttpContext context, string caller)
    {
        if (VersionOf(context.Request) == ProtocolVersions.Stateless || !context.Request.AcceptsEvents() || sessions.Enter(SessionOf(context.Request), caller) is not { } session)
        {
            await next(context);
            return;
        }
        try
        {
            await ListenAsync(context, session);
        }
        finally
        {
            sessions.Leave(session);
        }
    }

    /// <summary>A stream that the package continues has no end of its own: neither the server's stop nor the session's ends it, and its headers wait for its first event.</summary>
    async Task ListenAsync(HttpContext context, Session session)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping, session.Ended);
        if (Claim(context, session, end) is { } refusal)
        {
            await refusal.WriteAsync(context);
            return;
        }
        context.RequestAborted = end.Token;
        try
        {
            var served = next(context);
            if (await Task.WhenAny(served, Task.Delay(HeadersWithin, time, end.Token)) != served
                && context.Response is { HasStarted: false, ContentType: EventStreamResponse.MediaType }) await context.Response.Body.FlushAsync(end.Token);
            await served;
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // How a listener leaves.
        }
        finally
        {
            lock (session)
            {
                if (session.Listener == end) session.Listener = null;
                session.Mark();
            }
        }
    }

    /// <summary>Makes <paramref name="end"/> the session's listener, or says why not.</summary>
    static Refusal? Claim(HttpContext context, Session session, CancellationTokenSource end)
    {
        lock (session)
        {
            if (context.Request.Headers[McpEndpoint.LastEventHeader].Count > 0) session.Listener?.Cancel();
            else if (session.Listener is not null) return SecondListener;
            else if (session is { HasListened: true, Heard: { } heard }) context.Request.Headers[McpEndpoint.LastEventHeader] = heard;
            else if (session.HasListened)
            {
                context.Response.Headers.Allow = "POST, DELETE";
                return NoMoreListening;
            }
            session.Listener = end;
            session.HasListened = true;
            return null;
        }
    }

    async Task DeleteAsync(HttpContext context, string caller)
    {
        var session = sessions.Enter(SessionOf(context.Request), caller);
        await next(context);
        if (session is null) return;
        sessions.Leave(session);
        if (context.Response.StatusCode == StatusCodes.Status200OK) sessions.Remove(session);
    }

    /// <summary>By the one way that the package has to end a session: a DELETE.</summary>
    async Task EndAsync(HttpContext context, Session session)
    {
        sessions.Remove(session);
        if (session.Id is null) return;
        var delete = new DefaultHttpContext { RequestServices = context.RequestServices, User = new HttpPrincipal(session.Owner) };
        delete.Request.Method = HttpMethods.Delete;
        delete.Request.Path = McpEndpoint.Path;
        delete.Request.Headers[McpEndpoint.SessionHeader] = session.Id;
        await _end.Value(delete);
    }

    /// <summary>By name, as the package wants it: who accepts everything, or says nothing of it, accepts what is spoken here.</summary>
    static void SayWhatIsAccepted(HttpRequest request)
    {
        var ranges = MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var given) ? given : [];
        var accepted = Spoken.Where(type => ranges.Count == 0 && request.Headers.Accept.All(string.IsNullOrWhiteSpace) || ranges.Any(r => r.Quality is not 0 && type.IsSubsetOf(r))).ToList();
        if (accepted.Count > 0) request.Headers.Accept = string.Join(", ", accepted);
    }

    static string VersionOf(HttpRequest request) => request.Headers[McpEndpoint.VersionHeader].ToString();

    static string SessionOf(HttpRequest request) => request.Headers[McpEndpoint.SessionHeader].ToString();

    static Refusal? CheckVersion(HttpRequest request) =>
        VersionOf(request) is { Length: > 0 } version && !ProtocolVersions.IsKnown(version) ? Refusal.UnsupportedVersion(version) : null;

    static Refusal? CheckScope(HttpContext context, HttpCall call, McpServerTool? tool, PostedMessage? message)
    {
        if (tool is null || ScopeFilter.Missing(call, tool) is not { } scope) return null;
        BearerChallenge.InsufficientScope(context, scope);
        return new(StatusCodes.Status403Forbidden, Refusal.General, $"{tool.ProtocolTool.Name} needs a token with scope '{scope}'; '{call.CallerName}' has not") { What = tool.ProtocolTool.Name, Node = message?.Node };
    }
}
