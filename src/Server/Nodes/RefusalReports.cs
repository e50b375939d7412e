using System.Threading.Channels;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Logs;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.Tools.Nodes;

namespace MeshMcp.Server.Nodes;

/// <summary>
/// Tells a node's audit what this server refused itself: the node that was spoken about, else the one that holds the mesh's authority, else the first.
/// The first refusal of each kind at once, then once a minute how many more. No refusal waits for it.
/// </summary>
sealed partial class RefusalReports(INodes nodes, NodeSources sources, TimeProvider time, ILogger<RefusalReports> log) : BackgroundService
{
    const int Waiting = 256;
    static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(5), StopWithin = TimeSpan.FromSeconds(2);

    readonly record struct Whose(string Caller, string Node);

    readonly RefusalFold<Whose> _fold = new(time, new("others", ""));
    readonly Channel<(Whose Whose, RefusalReport Report)> _queue = Channel.CreateBounded<(Whose, RefusalReport)>(new BoundedChannelOptions(Waiting) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    /// <param name="caller">The token's name; where there is none, the address.</param>
    /// <param name="what">A tool, or a request.</param>
    /// <param name="node">About which node; null: about none.</param>
    public void Tell(string caller, string what, string reason, string? node)
    {
        var whose = new Whose(caller, node is not null && nodes.Names.Contains(node) ? node : sources.Enroll?.Node ?? (nodes.Names is [var first, ..] ? first : ""));
        if (!_fold.Admit(whose, what, "", reason)) return;
        LogRefused(log, Plain(caller), Plain(what), Plain(reason));
        _queue.Writer.TryWrite((whose, new(what, reason)));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var timer = time.CreateTimer(_ => TellCounted(all: false), null, RefusalFold<Whose>.Every, RefusalFold<Whose>.Every);
        try
        {
            await foreach (var (whose, report) in _queue.Reader.ReadAllAsync(stoppingToken)) await SendAsync(whose, report, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        TellCounted(all: true);
        _queue.Writer.TryComplete();
        // What was counted is to be told; a node that is silent holds up no stop.
        if (ExecuteTask is { } telling) await Task.WhenAny(telling, Task.Delay(StopWithin, time, cancellationToken));
        await base.StopAsync(cancellationToken);
    }

    void TellCounted(bool all)
    {
        foreach (var folded in _fold.Due(all)) _queue.Writer.TryWrite((folded.Caller, new(folded.Action, folded.Words, folded.Count)));
    }

    async Task SendAsync(Whose whose, RefusalReport report, CancellationToken ct)
    {
        if (whose.Node.Length == 0 && nodes.Names.Count == 0) return;
        using var late = CancellationTokenSource.CreateLinkedTokenSource(ct);
        late.CancelAfter(AnswerWithin);
        try
        {
            using var client = nodes.Get(whose.Node.Length > 0 ? whose.Node : nodes.Names[0], new(whose.Caller, Scope.Read, report.Tool));
            await client.ReportRefusalAsync(report, late.Token);
        }
        catch (Exception e) when (e is MeshException or OperationCanceledException)
        {
            LogUntold(log, whose.Node, e.Message);
        }
    }

    /// <summary>Without what could forge a line of the log.</summary>
    static string Plain(string text) => new([.. text.Where(c => !char.IsControl(c)).Take(300)]);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Caller} was refused {What}: {Reason}")]
    static partial void LogRefused(ILogger log, string caller, string what, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Node {Node} does not take a refusal into its audit: {Reason}")]
    static partial void LogUntold(ILogger log, string node, string reason);
}
