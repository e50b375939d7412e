using System.Text.Json.Serialization.Metadata;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Audit;
using MeshMcp.HostBridge.Engine;

namespace MeshMcp.HostBridge.Wire;

/// <summary>The HTTP wire on the socket: reads for every delegate, changes for those with scope operate, each written to the audit.</summary>
public sealed class Endpoints(NodeEngine engine, NodeViews views, AuditLog audit, Ceilings ceilings, NodeEvents events, IEnumerable<INodeRoutes> others)
{
    public void Map(WebApplication app)
    {
        var read = app.MapGroup("/v1");
        read.AddEndpointFilter((context, next) =>
        {
            CallerOf(context.HttpContext);
            return next(context);
        });
        read.MapGet("/node", async (CancellationToken ct) => Wire.Json(await views.StatusAsync(ct), MeshJson.Default.NodeStatus));
        read.MapGet("/state", async (string? view, bool? origins, CancellationToken ct) => Wire.Json(await views.StateAsync(view ?? "desired", origins == true, ct), MeshJson.Default.StateView));
        read.MapGet("/flows", async (CancellationToken ct) => Wire.Json(await views.FlowsAsync(ct), MeshJson.Default.FlowList));
        // With the context alone these would be taken for request delegates, and their results dropped.
        read.MapPost("/trace", async (HttpContext c, CancellationToken ct) =>
            Wire.Json(await views.TraceAsync(await Wire.ReadAsync(c, MeshJson.Default.TraceRequest), ct), MeshJson.Default.PacketTrace));
        read.MapPost("/plan", async (HttpContext c, CancellationToken ct) =>
            Wire.Json(await engine.PlanAsync(await Wire.ReadAsync(c, MeshJson.Default.ChangeRequest), ct), MeshJson.Default.Plan));
        read.MapGet("/generations", (int? limit) => Wire.Json(views.Generations(Limit(limit)), MeshJson.Default.IReadOnlyListGeneration));
        read.MapGet("/generations/{number:int}", (int number) => Wire.Json(engine.Read(number), MeshJson.Default.Generation));
        read.MapGet("/events", (HttpContext c) => Wire.LinesAsync(c, events.ListenAsync(c.RequestAborted), MeshJson.Default.NodeEvent));

        app.MapPost("/v1/apply", ApplyAsync);
        app.MapPost("/v1/rollback", RollbackAsync);
        app.MapPost("/v1/generations/{number:int}/confirm", ConfirmAsync);
        var routes = new NodeRoutes(app, engine, audit, CallerOf);
        foreach (var other in others) other.Map(routes);
        app.MapFallback((HttpContext c) =>
        {
            throw new MeshException(ErrorKind.NotFound, $"There is no {c.Request.Method} {c.Request.Path} here.", "path", "GET /v1/node is a start; the whole wire is in ARCHITECTURE.md.");
        });
    }

    async Task ApplyAsync(HttpContext context)
    {
        var request = await Wire.ReadAsync(context, MeshJson.Default.ChangeRequest);
        // A declared document can take any section away.
        string[]? sections = request.Declared is null ? [.. request.Edits.Select(e => e.Section).Distinct()] : null;
        await AuditedAsync(context, "apply", request, MeshJson.Default.ChangeRequest, sections, caller => Wire.LinesAsync(context, engine.Apply(request, caller)));
    }

    async Task RollbackAsync(HttpContext context)
    {
        var request = await Wire.ReadAsync(context, MeshJson.Default.RollbackRequest);
        await AuditedAsync(context, "rollback", request, MeshJson.Default.RollbackRequest, null, caller => Wire.LinesAsync(context, engine.Rollback(request, caller)));
    }

    async Task ConfirmAsync(HttpContext context, int number)
    {
        var request = await Wire.ReadAsync(context, MeshJson.Default.ConfirmRequest);
        await AuditedAsync(context, $"confirm {number}", request, MeshJson.Default.ConfirmRequest, null, async caller =>
        {
            var generation = await engine.ConfirmAsync(number, request, caller);
            await context.Response.WriteAsJsonAsync(generation, MeshJson.Default.Generation);
            return new(request.Extend is { } more ? $"extended by {more} s" : $"confirmed ({generation.Confirmation?.ConfirmedBy})", number);
        });
    }

    Task AuditedAsync<T>(HttpContext context, string action, T request, JsonTypeInfo<T> type, IReadOnlyList<string>? sections, Func<Caller, Task<Outcome>> change) =>
        audit.AboutAsync(() => CallerOf(context), action, request, type, caller =>
        {
            caller.Require(Scope.Operate, sections);
            return change(caller);
        });

    Caller CallerOf(HttpContext context) =>
        ceilings.CallerOf(context.Features.Get<Peer>()!, context.Request.Headers[CallerIdentity.NameHeader], context.Request.Headers[CallerIdentity.ScopeHeader], context.Request.Headers[CallerIdentity.ToolHeader]);

    static int Limit(int? asked) => Math.Clamp(asked ?? 20, 1, Limits.MaxListed);
}
