using System.Collections.Concurrent;
using System.Text.Json;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MeshMcp.IntegrationTests.Cli;

/// <summary>Answers the wire with fixed answers, so that what <c>meshctl</c> prints of each can be told.</summary>
sealed class StandInNode : IAsyncDisposable
{
    static readonly DateTimeOffset At = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    static readonly PlannedStep Step = new("openflow", "bridge mesh", "add 1 flow", TouchesManagement: true, Details: ["+ priority=100,tcp,tp_dst=9573,actions=output:veth200"]);
    static readonly Finding Finding = new("unmanaged", "lxc", "Section lxc is read and kept.");

    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("meshmcp-node-");
    readonly WebApplication _app;
    readonly TaskCompletionSource _stopped = new();

    StandInNode()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore();
        builder.Services.AddRoutingCore();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(Socket));
        _app = builder.Build();
        _app.MapGet("/v1/node", () => Json(new NodeStatus("vps", "0.1.0", [new("bridge", true, true, true), new("openflow", true, false, null, "ovs-vswitchd does not answer")], Generation(11, GenerationStatus.Confirmed), Pending, true, [Finding]), MeshJson.Default.NodeStatus));
        _app.MapGet("/v1/flows", () => Json(new FlowList("mesh", 2, [Flow(true), Flow(false)]), MeshJson.Default.FlowList));
        _app.MapPost("/v1/trace", () => Json(new PacketTrace("mesh", "in_port=veth100,tcp", [new(0, 100, "priority=100,tcp,actions=drop", true, ["drop"])], "dropped", "drop"), MeshJson.Default.PacketTrace));
        _app.MapGet("/v1/state", (string view) => Json(new StateView(view, new NodeState { Bridge = new() { Name = "mesh", Address = "10.1.0.1/24" } }, 11, [Finding]), MeshJson.Default.StateView));
        _app.MapPost("/v1/plan", () => Json(new Plan("4f1c", [Step], [Finding]), MeshJson.Default.Plan));
        _app.MapGet("/v1/generations", () => Json([Generation(12, GenerationStatus.AwaitingConfirmation), Generation(11, GenerationStatus.Confirmed)], MeshJson.Default.IReadOnlyListGeneration));
        _app.MapGet("/v1/history", () => Json<IReadOnlyList<HistoryEntry>>([new(Generation(12, GenerationStatus.AwaitingConfirmation), null)], MeshJson.Default.IReadOnlyListHistoryEntry));
        _app.MapPost("/v1/generations/{n:int}/confirm", (int n) => Json(Generation(n, GenerationStatus.Confirmed), MeshJson.Default.Generation));
        _app.MapPost("/v1/apply", (HttpContext context) => TellAsync(context));
        _app.MapPost("/v1/rollback", (HttpContext context) => TellAsync(context));
        _app.MapGet("/v1/secrets", () => Json(new SecretList([new("warp-profile", At, 300, "0123456789abcdef", SecretKind.WarpProfile)]), MeshJson.Default.SecretList));
        _app.MapPut("/v1/secrets/{name}", async (HttpContext context, string name) =>
        {
            var content = (await context.Request.ReadFromJsonAsync(MeshJson.Default.SecretContent))!.Value;
            Changes.Enqueue(content);
            return Json(new StoredSecret(name, At, content.Length, "0123456789abcdef"), MeshJson.Default.StoredSecret);
        });
        _app.MapDelete("/v1/secrets/{name}", (string name) => Json(new StoredSecret(name, At, 300, "0123456789abcdef"), MeshJson.Default.StoredSecret));
        _app.MapGet("/v1/events", () => Results.Text(JsonSerializer.Serialize(new NodeEvent(At, "healed", "1 flow\u001b[2J put back"), MeshJson.Default.NodeEvent) + "\n"));
    }

    /// <summary>The bodies of what was asked to change.</summary>
    public ConcurrentQueue<string> Changes { get; } = new();

    public MeshError? Failure { get; set; }

    /// <summary>A change's step goes on until somebody rolls back.</summary>
    public bool Works { get; set; }

    public string Socket => Path.Combine(_folder.FullName, "s");

    static Generation Pending => Generation(12, GenerationStatus.AwaitingConfirmation);

    public static async Task<StandInNode> StartAsync()
    {
        var node = new StandInNode();
        await node._app.StartAsync();
        return node;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    async Task TellAsync(HttpContext context)
    {
        if (Works) await WorkAsync(context);
        else await EndAsync(context);
    }

    async Task WorkAsync(HttpContext context)
    {
        using (var reader = new StreamReader(context.Request.Body)) Changes.Enqueue(await reader.ReadToEndAsync());
        if (context.Request.Path == "/v1/rollback")
        {
            _stopped.TrySetResult();
            await WriteAsync(context, new ApplyEvent.Finished(true, Generation(12, GenerationStatus.RolledBack), null));
            return;
        }
        await WriteAsync(context, new ApplyEvent.Planned(new Plan("4f1c", [Step], []), 12), new ApplyEvent.StepStarted(0, 1, Step));
        await _stopped.Task;
        var stopped = new MeshError(ErrorKind.Conflict, "Stopped by uid 0 before it was complete.");
        await WriteAsync(context, new ApplyEvent.RollingBack(stopped), new ApplyEvent.Finished(false, Generation(12, GenerationStatus.RolledBack), stopped));
    }

    async Task EndAsync(HttpContext context)
    {
        using (var reader = new StreamReader(context.Request.Body)) Changes.Enqueue(await reader.ReadToEndAsync());
        ApplyEvent[] events = Failure is { } failure
            ? [new ApplyEvent.StepStarted(0, 1, Step), new ApplyEvent.RollingBack(failure), new ApplyEvent.Finished(false, Generation(12, GenerationStatus.RolledBack), failure)]
            : [new ApplyEvent.Planned(new Plan("4f1c", [Step], []), 12), new ApplyEvent.StepStarted(0, 1, Step), new ApplyEvent.StepDone(0), new ApplyEvent.Verifying(1), new ApplyEvent.Finished(true, Pending, null)];
        await WriteAsync(context, events);
    }

    static async Task WriteAsync(HttpContext context, params IReadOnlyList<ApplyEvent> events)
    {
        foreach (var e in events) await context.Response.WriteAsync(JsonSerializer.Serialize(e, MeshJson.Default.ApplyEvent) + "\n");
    }

    static Generation Generation(int number, GenerationStatus status) => new(number, status, At, "root", "a reason", "d", 3, [Step])
    {
        Edits = ["add flow priority=100,tcp,tp_dst=9573,actions=output:veth200"],
        Confirmation = status == GenerationStatus.AwaitingConfirmation ? new(60, At, false, false) { SecondsLeft = 42 } : null,
    };

    static ListedFlow Flow(bool ours) => new("priority=100,tcp,tp_dst=9573,actions=output:veth200", 0, 100, "tcp,tp_dst=9573", "output:veth200", ours, "0x0", 7, 420);

    static IResult Json<T>(T value, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) => Results.Json(value, type);
}
