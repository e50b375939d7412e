using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Engine;

public sealed partial class NodeEngine
{
    /// <summary>What healing last did, in words.</summary>
    public string? LastHealing { get; private set; }

    /// <summary>
    /// Puts back what is ours and missing or altered: towards the change that waits for its confirmation, else towards the last confirmed generation.
    /// Returns the error that is left, null when the node is as desired.
    /// </summary>
    public async Task<MeshError?> HealAsync()
    {
        await _node.WaitAsync();
        try
        {
            if (store.Generations.Confirmed is null && Unfinished is null) return null;
            // What is half done belongs to the undoing.
            if (Unfinished?.Generation is { } unfinished && (unfinished.Status == Contracts.Changes.GenerationStatus.Applying || Overdue(unfinished.Number))) return null;
            var desired = Desired;
            var run = await planner.PlanAsync(desired, ManagementPath.Of(desired), CancellationToken.None);
            if (run.Steps.Count == 0) return null;
            var done = new List<string>();
            for (var round = 1; round <= Rounds && run.Steps.Any(s => !done.Contains(s.Shown.Summary)); round++)
            {
                foreach (var step in run.Steps)
                {
                    await step.Run(CancellationToken.None);
                    done.Add(step.Shown.Summary);
                }
                run = await planner.PlanAsync(desired, ManagementPath.Of(desired), CancellationToken.None);
            }
            LastHealing = $"{time.GetUtcNow():u} put back: {string.Join("; ", done)}";
            events.Publish("healed", LastHealing);
            return run.Steps is [var left, ..] ? new(ErrorKind.VerificationFailed, $"still to do: {left.Shown.Summary}", left.Shown.Target) : null;
        }
        catch (Exception e)
        {
            var error = ErrorOf(e);
            LastHealing = $"{time.GetUtcNow():u} could not heal: {error.Message}";
            return error;
        }
        finally
        {
            _node.Release();
        }
    }
}
