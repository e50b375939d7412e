using System.Text.Json;
using System.Text.Json.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.Server.Http;
using MeshMcp.Server.Mcp.Filters;
using MeshMcp.Tools.Calls;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Server.Mcp;

/// <summary>Streamable HTTP in both dialects on one URL: what arrives, which dialect it is, and the status of what goes wrong before a tool is reached.</summary>
sealed class McpEndpoint(StatelessExchange stateless, LegacySessions sessions, Dialects dialects, HttpSettings settings, IHostApplicationLifetime lifetime)
{
    public const string Path = "/mcp", SessionHeader = "Mcp-Session-Id";

    static readonly Refusal NoSession = new(StatusCodes.Status400BadRequest, Refusal.General, $"{SessionHeader} is required; only initialize may come without it");
    static readonly Refusal UnknownSession = new(StatusCodes.Status404NotFound, Refusal.SessionNotFound, "Session not found: it ended or never was; begin with initialize");
    static readonly Refusal ForeignSession = new(StatusCodes.Status403Forbidden, Refusal.General, "This session belongs to another caller");
    static readonly Refusal TooManySessions = new(StatusCodes.Status503ServiceUnavailable, Refusal.General, "Too many sessions are in use");
    static readonly Refusal SecondListener = new(StatusCodes.Status409Conflict, Refusal.General, "This session already has an open GET stream");
    static readonly Refusal NotEvents = new(StatusCodes.Status406NotAcceptable, Refusal.General, "Accept must list text/event-stream");
    static readonly Refusal PostOnly = new(StatusCodes.Status405MethodNotAllowed, Refusal.General, $"{ProtocolVersions.Stateless} has only POST; listen with subscriptions/listen");

    readonly MessageReader _reader = new(settings.Limits.BodyBytes);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost(Path, (RequestDelegate)PostAsync);
        routes.MapGet(Path, (RequestDelegate)GetAsync);
        routes.MapDelete(Path, (RequestDelegate)DeleteAsync);
    }

    async Task PostAsync(HttpContext context)
    {
        var (message, unreadable) = await _reader.ReadAsync(context.Request);
        if (message is null)
        {
            await unreadable!.WriteAsync(context);
            return;
        }
        var tool = Tool(message);
        var call = new HttpCall(context);
        var id = message is JsonRpcRequest request ? request.Id : default;
        var headers = context.Request.Headers;
        var isStateless = headers[Envelope.VersionHeader] == ProtocolVersions.Stateless;
        var refusal = Envelope.Check(headers, message)
            ?? (isStateless && tool is not null ? ParameterHeaders.Check(headers, message, tool.ProtocolTool.InputSchema) : null)
            ?? CheckScope(context, call, tool);
        if (refusal is not null)
        {
            await refusal.WriteAsync(context, id);
            return;
        }
        message.Attach(call);
        // The first progress sends the headers, and then it would be too late for the tool to end the connection in words the client hears.
        if (tool is not null && RequiresScopeAttribute.Of(tool) != Scope.Read && ReportsProgress(message)) context.Response.Headers.Connection = "close";
        await (isStateless ? stateless.RunAsync(context, message) : PostToSessionAsync(context, message, id, call.CallerName));
    }

    async Task PostToSessionAsync(HttpContext context, JsonRpcMessage message, RequestId id, string caller)
    {
        var isNew = context.Request.Headers[SessionHeader].Count == 0;
        if (isNew && message is not JsonRpcRequest { Method: RequestMethods.Initialize })
        {
            await NoSession.WriteAsync(context, id);
            return;
        }
        using var lease = isNew ? await sessions.OpenAsync(caller) : await FindAsync(context, caller, id);
        if (lease is null)
        {
            if (!isNew) return;
            context.Response.Headers.RetryAfter = "5";
            await TooManySessions.WriteAsync(context, id);
            return;
        }
        context.Response.Headers[SessionHeader] = lease.Session.Id;
        try
        {
            await lease.Session.PostAsync(context, message);
        }
        catch (JsonException e)
        {
            // The package reads the parameters of initialize outside its own error handling.
            context.Response.Headers.Remove(SessionHeader);
            await new Refusal(StatusCodes.Status400BadRequest, McpErrorCode.InvalidParams, e.Message).WriteAsync(context, id);
        }
        finally
        {
            if (isNew && !lease.Session.IsInitialized) await sessions.CloseAsync(lease.Session);
        }
    }

    async Task GetAsync(HttpContext context)
    {
        if (await RefusedStatelessAsync(context)) return;
        if (!MessageReader.AcceptsEvents(context.Request))
        {
            await NotEvents.WriteAsync(context);
            return;
        }
        using var lease = await FindAsync(context, new HttpCall(context).CallerName, default);
        if (lease is null) return;
        context.Response.Headers[SessionHeader] = lease.Session.Id;
        if (!await lease.Session.ListenAsync(context, lifetime.ApplicationStopping)) await SecondListener.WriteAsync(context);
    }

    async Task DeleteAsync(HttpContext context)
    {
        if (await RefusedStatelessAsync(context)) return;
        using var lease = await FindAsync(context, new HttpCall(context).CallerName, default);
        if (lease is null) return;
        await sessions.CloseAsync(lease.Session);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    /// <summary>The caller's own session that the request names, or null after the refusal was written.</summary>
    async Task<LegacySessions.Lease?> FindAsync(HttpContext context, string caller, RequestId id)
    {
        var session = context.Request.Headers[SessionHeader].ToString();
        var lease = session.Length == 0 ? null : sessions.Find(session);
        var refusal = session.Length == 0 ? NoSession : lease is null ? UnknownSession : lease.Session.Owner != caller ? ForeignSession : null;
        if (refusal is null) return lease;
        lease?.Dispose();
        await refusal.WriteAsync(context, id);
        return null;
    }

    static async Task<bool> RefusedStatelessAsync(HttpContext context)
    {
        var version = context.Request.Headers[Envelope.VersionHeader].ToString();
        if (version.Length == 0 || ProtocolVersions.Sessions.Contains(version)) return false;
        if (version == ProtocolVersions.Stateless) context.Response.Headers.Allow = HttpMethods.Post;
        await (version == ProtocolVersions.Stateless ? PostOnly : Refusal.UnsupportedVersion(version)).WriteAsync(context);
        return true;
    }

    static Refusal? CheckScope(HttpContext context, HttpCall call, McpServerTool? tool)
    {
        if (tool is null || ScopeFilter.Missing(call, tool) is not { } scope) return null;
        BearerChallenge.InsufficientScope(context, scope);
        return new(StatusCodes.Status403Forbidden, Refusal.General, $"{tool.ProtocolTool.Name} needs a token with scope '{scope}'; '{call.CallerName}' has not");
    }

    static bool ReportsProgress(JsonRpcMessage message) => (Envelope.Call(message)?.Parameters?["_meta"] as JsonObject)?["progressToken"] is not null;

    /// <summary>The tool that <paramref name="message"/> calls, if it does and there is one.</summary>
    McpServerTool? Tool(JsonRpcMessage message) =>
        Envelope.Call(message) is (RequestMethods.ToolsCall, var parameters) && Envelope.Text(parameters, "name") is { } name
        && dialects.Stateless.ToolCollection is { } tools && tools.TryGetPrimitive(name, out var tool) ? tool : null;
}
