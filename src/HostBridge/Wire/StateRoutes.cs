using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;

namespace MeshMcp.HostBridge.Wire;

/// <summary>What the state is made of, what two generations differ in, and what a document would be thought of.</summary>
public sealed class StateRoutes(NodeEngine engine, EditViews edits) : INodeRoutes
{
    public void Map(NodeRoutes routes)
    {
        routes.Read("/v1/edits", MeshJson.Default.EditList, context => Task.FromResult(edits.List(context.Request.Limit(), context.Request.Number("before"))));
        routes.Read("/v1/diff", MeshJson.Default.StateDiff, context => Task.FromResult(edits.Diff(
            context.Request.Number("from") ?? throw new MeshException(ErrorKind.InvalidArgument, "From which generation?", "from", "Give from=N, a number of GET /v1/generations; to=M unless the newest is meant."), context.Request.Number("to"))));
        routes.Read("/v1/schema", MeshJson.Default.JsonObject, _ => Task.FromResult(StateSchema.Document));
        routes.Question("/v1/validate", MeshJson.Default.JsonElement, MeshJson.Default.StateCheck, (_, document, _) => Task.FromResult(engine.Check(document)));
        routes.Stream("/v1/adopt", MeshJson.Default.AdoptRequest, r => r, r => r.Section, (caller, request) => engine.Adopt(request, caller));
    }
}
