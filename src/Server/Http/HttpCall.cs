using MeshMcp.Contracts.Trust;
using MeshMcp.Server.Mcp;
using MeshMcp.Tools.Calls;
using Microsoft.AspNetCore.Http.Features;

namespace MeshMcp.Server.Http;

/// <summary>The caller and connection of an HTTP request. Keeps nothing of the request itself: in a session a call may outlive it.</summary>
sealed class HttpCall(HttpContext context, bool isProgram = false) : ICallContext
{
    readonly Caller _caller = context.Features.GetRequiredFeature<Caller>();
    readonly ConnectionClock _connection = context.Features.GetRequiredFeature<ConnectionClock>();

    public Uri? Dashboard { get; } = DashboardOf(context);

    public ShownTools Tools { get; } = isProgram ? ShownTools.Usual : AskedTools.In(context.Request);

    public string CallerName => _caller.Name;

    public IReadOnlyList<Scope> Scopes => _caller.Scopes;

    public IReadOnlyList<string>? Nodes => _caller.Nodes;

    public TimeSpan ConnectionAge => _connection.Age;

    public bool IsLocal => false;

    public bool IsProgram => isProgram;

    public void CloseAfterAnswer() => _connection.CloseAfterAnswer();

    /// <summary>Where the configuration does not say it: on the host by which the caller came. Null where that is no address at all.</summary>
    static Uri? DashboardOf(HttpContext context)
    {
        var (settings, host) = (context.RequestServices.GetRequiredService<HttpSettings>(), context.Request.Host);
        return settings.Dashboard ?? (Uri.TryCreate($"{settings.Scheme}://{(settings.DashboardPort is { } port ? $"{host.Host}:{port}" : host)}/", UriKind.Absolute, out var own) ? own : null);
    }
}
