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
            // What one system cannot do must not keep the others from theirs.
            var (faults, done) = (new List<MeshError>(), new List<string>());
            var run = await planner.PlanAsync(desired, ManagementPath.Of(desired), CancellationToken.None, faults: faults);
            if (run.Steps.Count == 0 && faults.Count == 0) return null;
            for (var round = 1; round <= Rounds && run.Steps.Any(s => !done.Contains(s.Shown.Summary)); round++)
            {
                var failed = await RunEachAsync(run.Steps, s => done.Add(s.Shown.Summary));
                faults.Clear();
                run = await planner.PlanAsync(desired, ManagementPath.Of(desired), CancellationToken.None, faults: faults);
                faults.InsertRange(0, failed);
                if (failed.Count > 0) break;
            }
            if (done.Count > 0)
            {
                LastHealing = $"{time.GetUtcNow():u} put back: {string.Join("; ", done)}";
                events.Publish("healed", LastHealing);
            }
            if (faults is [var fault, ..])
            {
                LastHealing = $"{(done.Count > 0 ? LastHealing + "; " : $"{time.GetUtcNow():u} ")}could not heal: {fault.Message}";
                return fault;
            }
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
