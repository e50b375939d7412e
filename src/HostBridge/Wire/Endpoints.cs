using System.Globalization;
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
public sealed class Endpoints(NodeEngine engine, NodeViews views, NodeHistory history, AuditLog audit, Ceilings ceilings, NodeEvents events, IEnumerable<INodeRoutes> others)
{
    public void Map(WebApplication app)
    {
        var routes = new NodeRoutes(app, engine, audit, CallerOf);
        routes.Read("/v1/node", MeshJson.Default.NodeStatus, c => views.StatusAsync(c.RequestAborted));
        routes.Read("/v1/state", MeshJson.Default.StateView, c => views.StateAsync(c.Request.Text("view") ?? "desired", c.Request.Flag("origins"), c.RequestAborted));
        routes.Question("/v1/plan", MeshJson.Default.ChangeRequest, MeshJson.Default.Plan, (caller, request, ct) => engine.PlanAsync(request, caller, ct));
        routes.Question("/v1/rollback/plan", MeshJson.Default.RollbackRequest, MeshJson.Default.Plan, (caller, request, ct) => engine.PlanRollbackAsync(request, caller, ct));
        routes.Read("/v1/generations", MeshJson.Default.IReadOnlyListGeneration, c => Task.FromResult(views.Generations(c.Request.Limit(), c.Request.Number("before"))));
        routes.Read("/v1/history", MeshJson.Default.IReadOnlyListHistoryEntry, c => Task.FromResult(history.List(new(c.Request.Limit(), c.Request.Moment("since"), c.Request.Moment("until"), c.Request.Text("by")))));
        routes.Read("/v1/generations/{number:int}", MeshJson.Default.Generation, c => Task.FromResult(engine.Read(NumberOf(c))));
        routes.Read("/v1/events/recent", MeshJson.Default.IReadOnlyListNodeEvent, c => Task.FromResult(events.Recent(c.Request.Limit(), c.Request.Number("before"))));
        routes.ReadLines("/v1/events", MeshJson.Default.NodeEvent, c => events.ListenAsync(c.RequestAborted));

        app.MapPost("/v1/apply", ApplyAsync).WithMetadata(MeshJson.Default.ChangeRequest);
        app.MapPost("/v1/rollback", RollbackAsync).WithMetadata(MeshJson.Default.RollbackRequest);
        app.MapPost("/v1/generations/{number:int}/confirm", ConfirmAsync).WithMetadata(MeshJson.Default.ConfirmRequest);
        foreach (var other in others) other.Map(routes);
        app.MapFallback((RequestDelegate)(c =>
        {
            throw new MeshException(ErrorKind.NotFound, $"There is no {c.Request.Method} {c.Request.Path} here.", "path", "GET /v1/node is a start; the whole wire is in ARCHITECTURE.md.");
        }));
    }

    async Task ApplyAsync(HttpContext context)
    {
        var request = await Wire.ReadAsync(context, MeshJson.Default.ChangeRequest);
        // A declared document can take any section away.
        string[]? sections = request.Declared is null ? [.. request.Edits.Select(e => e.Section).Distinct()] : null;
        await AuditedAsync(context, "apply", request, MeshJson.Default.ChangeRequest, _ => sections, caller => Wire.LinesAsync(context, engine.Apply(request, caller, context.RequestAborted)));
    }

    async Task RollbackAsync(HttpContext context)
    {
        var request = await Wire.ReadAsync(context, MeshJson.Default.RollbackRequest);
        await AuditedAsync(context, "rollback", request, MeshJson.Default.RollbackRequest, caller => request is { To: null, Undo: null } ? engine.SectionsToEnd(request.Only, caller) : null, caller => Wire.LinesAsync(context, engine.Rollback(request, caller, context.RequestAborted)));
    }

    async Task ConfirmAsync(HttpContext context)
    {
        var (arrived, number) = (engine.Now, NumberOf(context));
        var request = await Wire.ReadAsync(context, MeshJson.Default.ConfirmRequest);
        await AuditedAsync(context, $"confirm {number}", request, MeshJson.Default.ConfirmRequest, caller => engine.SectionsToEnd(number, caller), async caller =>
        {
            var generation = engine.Confirm(number, request, caller, arrived);
            await Wire.AnswerAsync(context, generation, MeshJson.Default.Generation);
            return new(request.Extend is { } more ? $"extended by {more} s" : $"confirmed ({generation.Confirmation?.ConfirmedBy})", number);
        });
    }

    Task AuditedAsync<T>(HttpContext context, string action, T request, JsonTypeInfo<T> type, Func<Caller, IReadOnlyList<string>?> sections, Func<Caller, Task<Outcome>> change) =>
        audit.AboutAsync(() => CallerOf(context), action, request, type, caller =>
        {
            caller.Require(Scope.Operate, sections(caller));
            return change(caller);
        });

    Caller CallerOf(HttpContext context) =>
        ceilings.CallerOf(context.Features.Get<Peer>()!, context.Request.Headers[CallerIdentity.NameHeader], context.Request.Headers[CallerIdentity.ScopeHeader], context.Request.Headers[CallerIdentity.ToolHeader]);

    static int NumberOf(HttpContext context) => int.Parse((string)context.Request.RouteValues["number"]!, CultureInfo.InvariantCulture);
}
