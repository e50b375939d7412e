using System.Text.Json.Nodes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Server.Http;
using MeshMcp.Server.Mcp;
using ModelContextProtocol.Protocol;

namespace MeshMcp.Server.Api;

/// <summary>The whole mesh at one look: once, or as events whenever it has changed, for as long as the token is valid.</summary>
sealed class TopologyStream(ToolExchange exchange, TimeProvider time, IHostApplicationLifetime lifetime)
{
    public const string Path = "/v1/topology";

    static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet(Path, (RequestDelegate)(context => ApiFaults.ToldAsync(context, () => AnswerAsync(context))));

    async Task AnswerAsync(HttpContext context)
    {
        if (!context.Request.AcceptsEvents())
        {
            await ApiAnswers.JsonAsync(context, JsonNode.Parse(await ReadAsync(context))!);
            return;
        }
        context.Response.BeginEvents();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        using var timer = new PeriodicTimer(Every, time);
        string? before = null;
        try
        {
            do
            {
                var now = await ReadAsync(context);
                if (now != before) await context.SendEventAsync("topology", JsonNode.Parse(now)!);
                before = now;
            }
            while (await timer.WaitForNextTickAsync(end.Token) && BearerCheck.CallerOf(context.Request, context.RequestServices.GetService<TokenWatch>()) is not null);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
        }
    }

    async Task<string> ReadAsync(HttpContext context)
    {
        var said = await exchange.AskAsync(RequestMethods.ResourcesRead, new() { ["uri"] = "mesh://topology" }, new HttpCall(context, isProgram: true), context.RequestServices, null, context.RequestAborted);
        return said is JsonRpcResponse { Result: var result }
            ? result!["contents"]![0]!["text"]!.GetValue<string>()
            : throw new MeshException(ErrorKind.Bug, ((JsonRpcError)said).Error.Message, Path);
    }
}
