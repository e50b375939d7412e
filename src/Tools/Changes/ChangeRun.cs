using System.Text.Json;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Tools.Answers;
using MeshMcp.Tools.Calls;
using MeshMcp.Tools.Nodes;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Tools.Changes;

/// <summary>One change of a node from the request to what became of it, with its progress on the way.</summary>
sealed class ChangeRun(INodes nodes, RequestContext<CallToolRequestParams> context)
{
    /// <summary>A node takes back what cuts it off within a minute, and may be starting again before that.</summary>
    static readonly TimeSpan CutFor = TimeSpan.FromSeconds(75);

    readonly ICallContext _call = context.Call();
    readonly CallerIdentity _caller = context.Identity();
    readonly ChangeProgress _progress = new(context);

    const int MostDifferences = 40;

    /// <summary>Only what would be done is to be told.</summary>
    public bool IsDry { get; } = DryRun.IsAsked(context);

    /// <summary>Runs it; confirms it over a new connection where that is the server's part.</summary>
    /// <exception cref="MeshException">Refused, failed and put back, reverted for want of a confirmation, or Unavailable when the outcome is not known.</exception>
    public async Task<ChangeReport> RunAsync(string node, Func<NodeClient, IAsyncEnumerable<ApplyEvent>> change, CancellationToken ct)
    {
        using var client = nodes.Get(node, _caller);
        var (plan, end) = await FollowAsync(client, change, ct);
        if (end.Error is { } error) throw Failed(end.Generation, error);
        var news = end.News ?? plan?.Findings ?? [];
        string[] waits = [.. news.Where(f => f.Waits).Select(f => $"{f.Path}: {f.Message}")];
        Finding[] findings = [.. news.Where(f => !f.Waits)];
        var report = new ChangeReport(node, end.Changed, waits.Length > 0 ? ChangeOutcome.Waits : ChangeOutcome.Done, plan?.Steps ?? [], Verified: waits.Length == 0)
        {
            Generation = end.Generation?.Number,
            Settled = end.Generation?.Settled ?? 0,
            Waits = waits.Length == 0 ? null : waits,
            Findings = findings.Length == 0 ? null : findings,
        };
        return end.Generation switch
        {
            null or { Status: GenerationStatus.Confirmed } when waits.Length == 0 && !end.Changed => report with { Outcome = ChangeOutcome.NothingToDo },
            { Status: GenerationStatus.RolledBack } => report with { Outcome = ChangeOutcome.Undone, Verified = false, Waits = null, Because = end.Generation.Error?.Message },
            { Status: GenerationStatus.AwaitingConfirmation, Confirmation: { ByCaller: true } waiting } generation => Waiting(report, node, generation.Number, waiting),
            { Status: GenerationStatus.AwaitingConfirmation } generation => await ConfirmAsync(report, client, generation, ct),
            _ => report,
        };
    }

    /// <summary>Carries a change out, or only plans it.</summary>
    /// <inheritdoc cref="RunAsync(string, Func{NodeClient, IAsyncEnumerable{ApplyEvent}}, CancellationToken)"/>
    public Task<ChangeReport> RunAsync(string node, ChangeRequest request, CancellationToken ct) =>
        IsDry ? PlanAsync(node, client => client.PlanAsync(request, ct)) : RunAsync(node, client => client.ApplyAsync(request, ct), ct);

    /// <inheritdoc cref="RunAsync(string, ChangeRequest, CancellationToken)"/>
    public Task<ChangeReport> RunAsync(string node, RollbackRequest request, CancellationToken ct) =>
        IsDry ? PlanAsync(node, client => client.PlanRollbackAsync(request, ct)) : RunAsync(node, client => client.RollbackAsync(request, ct), ct);

    async Task<ChangeReport> PlanAsync(string node, Func<NodeClient, Task<Plan>> ask)
    {
        using var client = nodes.Get(node, _caller);
        var plan = await ask(client);
        string[] waits = [.. plan.Findings.Where(f => f.Waits).Select(f => $"{f.Path}: {f.Message}")], differences = [.. (plan.Differences ?? []).Select(d => context.Short(d.ToString()))];
        Finding[] findings = [.. plan.Findings.Where(f => !f.Waits)];
        var most = _call.IsProgram ? int.MaxValue : MostDifferences;
        return new(node, false, ChangeOutcome.Planned, plan.Steps)
        {
            Waits = waits.Length == 0 ? null : waits,
            Findings = findings.Length == 0 ? null : findings,
            Differences = differences.Length == 0 ? null : [.. differences.Take(most)],
            DifferencesLeftOut = differences.Length > most ? differences.Length - most : null,
        };
    }

    /// <summary>Makes one edit.</summary>
    /// <inheritdoc cref="RunAsync"/>
    public Task<ChangeReport> EditAsync(string node, Edit edit, int? confirmWithin, string? why, CancellationToken ct, string? @for = null)
    {
        var request = new ChangeRequest { Edits = [edit], ConfirmWithin = confirmWithin, Why = why, For = @for };
        return RunAsync(node, request, ct);
    }

    async Task<(Plan? Plan, ApplyEvent.Finished End)> FollowAsync(NodeClient client, Func<NodeClient, IAsyncEnumerable<ApplyEvent>> change, CancellationToken ct)
    {
        ApplyEvent.Planned? planned = null;
        Exception? cut = null;
        try
        {
            await foreach (var happened in change(client).WithCancellation(ct))
            {
                await _progress.ReportAsync(happened, ct);
                planned = happened as ApplyEvent.Planned ?? planned;
                if (happened is ApplyEvent.Finished finished) return (planned?.Plan, finished);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested && planned?.Generation is not null)
        {
            await StopAsync(client, planned.Generation.Value);
            throw;
        }
        catch (JsonException e)
        {
            cut = e;
        }
        catch (MeshException e) when (planned?.Generation is not null && e.Error.Kind is ErrorKind.Unavailable or ErrorKind.Timeout)
        {
            cut = e;
        }
        // The change may have cut our own way to the node: it is there again once the node has taken that back.
        if (planned?.Generation is { } number && await new ChangeOutcomes(nodes, _caller, _progress).ReadAsync(client.Node, number, g => g.Status != GenerationStatus.Applying, CutFor, ct) is { } end)
            return (planned.Plan, new(end.Status != GenerationStatus.RolledBack, end, end.Status is GenerationStatus.RolledBack or GenerationStatus.Failed ? end.Error ?? new(ErrorKind.VerificationFailed, "It did not hold.") : null));
        throw Cut(client.Node, cut);
    }

    /// <summary>The caller no longer wants it: it stops before its next step, and what was done is undone.</summary>
    async Task StopAsync(NodeClient client, int generation)
    {
        using var late = new CancellationTokenSource(CutFor);
        try
        {
            await foreach (var _ in client.RollbackAsync(new() { Only = generation, Why = $"{_call.CallerName} cancelled the call" }, late.Token)) ;
        }
        catch (Exception e) when (e is MeshException or OperationCanceledException or JsonException)
        {
            // It was complete already, or the node does not answer: list_changes has the outcome.
        }
    }

    ChangeReport Waiting(ChangeReport report, string node, int generation, Confirmation waiting)
    {
        _call.CloseAfterAnswer();
        var fresh = !_call.IsLocal;
        var where = fresh ? " on a NEW connection; this one closes with this answer" : "";
        var how = $"Call confirm_change {{\"node\":\"{node}\",\"generation\":{generation}}}{where}. To undo it now: rollback_change {{\"node\":\"{node}\"}}.";
        return report with
        {
            Outcome = ChangeOutcome.Held,
            Confirmation = new((int)(waiting.SecondsLeft ?? waiting.Within), waiting.Deadline, "confirm_change", generation, fresh, how),
        };
    }

    async Task<ChangeReport> ConfirmAsync(ChangeReport report, NodeClient client, Generation generation, CancellationToken ct)
    {
        await _progress.ReportAsync($"confirming generation {generation.Number} over a new connection", ct);
        await new ServerConfirmation(nodes, _caller, _progress).KeepOrUndoAsync(client, generation, ct);
        return report with { Confirmed = "confirmed over a new connection" };
    }

    static ChangeException Failed(Generation? generation, MeshError error) => new(error with
    {
        Message = generation?.Status switch
        {
            GenerationStatus.RolledBack => $"{error.Message} Everything was put back as it was (generation {generation.Number}).",
            GenerationStatus.Failed => $"{error.Message} The node may be between the old and the new state (generation {generation.Number}): look at get_state with view=observed.",
            _ => error.Message,
        },
    }, generation?.Status switch { GenerationStatus.RolledBack => ChangeOutcome.Undone, null => ChangeOutcome.Refused, _ => null });

    static ChangeException Cut(string node, Exception? cause) => new(new(ErrorKind.Unavailable, $"Node {node} stopped reporting before the change had ended.", node,
        "The node finishes or undoes the change by itself: read list_changes for the outcome."), null, cause);
}
