using MeshMcp.Contracts.Changes;
using MeshMcp.Tools.Answers;
using ModelContextProtocol;

namespace MeshMcp.Tools.Changes;

/// <summary>Tells the client what the node does, in steps that only go up.</summary>
sealed class ChangeProgress(IProgress<ProgressNotificationValue> progress)
{
    /// <summary>Planning and verifying count as a step each.</summary>
    const int Around = 2;

    int _said;
    int? _total;

    public void Report(ApplyEvent happened)
    {
        switch (happened)
        {
            case ApplyEvent.Planned planned:
                _total = planned.Plan.Steps.Count + Around;
                Report($"planned {Words.Count(planned.Plan.Steps.Count, "step")}");
                break;
            case ApplyEvent.StepStarted started:
                Report($"step {started.Index + 1} of {started.Count}: {started.Step.Summary}");
                break;
            case ApplyEvent.Verifying { Attempt: 1 }:
                Report("verifying");
                break;
            case ApplyEvent.RollingBack back:
                _total = null;
                Report($"putting everything back: {back.Cause.Message}");
                break;
        }
    }

    public void Report(string message) => progress.Report(new() { Progress = ++_said, Total = _said <= _total ? _total : null, Message = PlainText.Line(message) });
}
