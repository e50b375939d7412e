using MeshMcp.Contracts.Changes;
using MeshMcp.Tools.Answers;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Tools.Changes;

/// <summary>Tells a client that asked for it what the node does, in steps that only go up. Each is sent before the next, and all before the answer.</summary>
sealed class ChangeProgress(RequestContext<CallToolRequestParams> context)
{
    /// <summary>Planning and verifying count as a step each.</summary>
    const int Around = 2;

    int _said;
    int? _total;

    public async Task ReportAsync(ApplyEvent happened, CancellationToken ct)
    {
        switch (happened)
        {
            case ApplyEvent.Planned planned:
                _total = planned.Plan.Steps.Count + Around;
                await ReportAsync($"planned {Words.Count(planned.Plan.Steps.Count, "step")}", ct);
                break;
            case ApplyEvent.StepStarted started:
                await ReportAsync($"step {started.Index + 1} of {started.Count}: {started.Step.Summary}", ct);
                break;
            case ApplyEvent.StepProgress progress:
                _total = null;
                await ReportAsync(progress.Message, ct);
                break;
            case ApplyEvent.Verifying { Attempt: 1 }:
                await ReportAsync("verifying", ct);
                break;
            case ApplyEvent.RollingBack back:
                _total = null;
                await ReportAsync($"putting everything back: {back.Cause.Message}", ct);
                break;
        }
    }

    public async Task ReportAsync(string message, CancellationToken ct)
    {
        if (context.Params.ProgressToken is not { } token) return;
        _said++;
        await context.Server.NotifyProgressAsync(token, new() { Progress = _said, Total = _said <= _total ? _total : null, Message = PlainText.Line(message) }, cancellationToken: ct);
    }
}
