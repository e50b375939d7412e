using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Host.Lxc;
using MeshMcp.HostBridge.Wire;

namespace MeshMcp.HostBridge.Systems.Lxc;

/// <summary>Status of containers, and what is done with one without changing the state: running a program in it, restarting it, purging what was deleted.</summary>
public sealed partial class LxcRoutes(ContainerViews views, LxcPrograms lxc, ContainerTrash trash, NodeEngine engine, TimeProvider time, ILogger<LxcRoutes> log) : INodeRoutes
{
    const int MostLines = 200;

    static readonly HashSet<string> Own = ["lxc"];

    /// <summary>Time for an answer to reach a caller whose way leads through the container that is restarted then.</summary>
    static readonly TimeSpan AnswerFirst = TimeSpan.FromMilliseconds(500);

    public void Map(NodeRoutes routes)
    {
        routes.Read("/v1/containers", MeshJson.Default.ContainerList, context => Task.FromResult(views.List(Math.Clamp(context.Request.Number("lines") ?? 3, 0, MostLines))));
        // A program that runs long must not hold up changes and healing.
        routes.Operate(HttpMethod.Post, "/v1/containers/{id}/exec", "lxc", Scope.Operate, MeshJson.Default.ContainerExec, MeshJson.Default.ContainerExecResult, ExecAsync, alone: false);
        routes.Operate(HttpMethod.Post, "/v1/containers/{id}/restart", "lxc", Scope.Operate, MeshJson.Default.Operation, MeshJson.Default.ContainerOperation, RestartAsync, alone: false);
        routes.Operate(HttpMethod.Post, "/v1/containers/{id}/purge", "lxc", Scope.Admin, MeshJson.Default.PurgeRequest, MeshJson.Default.ContainerOperation, async (context, asked) =>
        {
            await trash.PurgeAsync(IdOf(context), CancellationToken.None, asked.Only);
            return new(IdOf(context), Later: false);
        });
    }

    async Task<ContainerExecResult> ExecAsync(HttpContext context, ContainerExec asked)
    {
        if (asked.Command.Count == 0 || asked.Command[0].Length == 0 || asked.Command.Any(a => a.Contains('\0')))
            throw new MeshException(ErrorKind.InvalidArgument, "There is no command.", "command", "Give the program and its arguments, one string each.");
        if (asked.TimeoutSeconds is < 1 or > ContainerExec.MostSeconds)
            throw new MeshException(ErrorKind.InvalidArgument, $"timeoutSeconds is {asked.TimeoutSeconds}; 1 to {ContainerExec.MostSeconds} are possible.", "timeoutSeconds", "Start what runs longer as one of the container's services.");
        // By its id: it may have been called by its name.
        var (container, caller) = (views.Ours(IdOf(context)), context.Features.Get<Caller>()!);
        RootsContainers.RequireEntry(caller, [.. container.Item is { } item ? [item] : Array.Empty<Container>(), .. (engine.Desired.Lxc?.Containers ?? []).Where(c => c.Id == container.Id)]);
        Running(container);
        var result = await lxc.ExecAsync(container.Id, asked.Command, TimeSpan.FromSeconds(asked.TimeoutSeconds), ContainerExec.MostBytes, context.RequestAborted);
        return new(result.ExitCode, result.Output, result.ErrorOutput, result.Cut);
    }

    async Task<ContainerOperation> RestartAsync(HttpContext context, Operation asked)
    {
        var container = Running(views.Ours(IdOf(context)));
        var later = context.Features.Get<Peer>()!.Certificate is not null && engine.Desired.Lxc?.Containers.Any(c => c.Id == container.Id && ManagementPaths.IsWayIn(c)) == true;
        if (later) context.Response.OnCompleted(() =>
        {
            _ = LaterAsync(container.Id);
            return Task.CompletedTask;
        });
        else await RestartAsync(container.Id);
        return new(container.Id, later);
    }

    /// <summary>With the settings that hold once nobody else changes them.</summary>
    async Task RestartAsync(string id)
    {
        await engine.OperateAsync(async () =>
        {
            await lxc.StartAsync(views.RenderingOf(id), CancellationToken.None);
            return true;
        });
        // Its device is a new one, so its port has to be made anew.
        if (await engine.HealAsync(Own) is { } left) throw new MeshException(left);
    }

    async Task LaterAsync(string id)
    {
        try
        {
            await Task.Delay(AnswerFirst, time);
            await RestartAsync(id);
        }
        catch (MeshException e)
        {
            LogFailure(log, id, e.Message);
        }
    }

    static HostContainer Running(HostContainer container) => container.Running ? container
        : throw new MeshException(ErrorKind.Conflict, $"Container {container.Id} does not run.", "id", $"Start it first: meshctl container start {container.Id}.");

    static string IdOf(HttpContext context) => (string)context.Request.RouteValues["id"]!;

    [LoggerMessage(Level = LogLevel.Warning, Message = "Container {Id} could not be restarted: {Error}")]
    static partial void LogFailure(ILogger log, string id, string error);
}
