using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Engine;

public sealed partial class NodeEngine
{
    readonly Contention _contention = new(time);

    /// <summary>What somebody keeps undoing.</summary>
    public IReadOnlyList<Finding> Contested => _contention.Findings;

    /// <inheritdoc cref="Contention.Forget"/>
    public void Forget(string section) => _contention.Forget(section);

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
            if (Unfinished?.Generation is { } unfinished && (unfinished.Status == GenerationStatus.Applying || Overdue(unfinished.Number))) return null;
            var desired = Desired;
            var left = await LeftToDoAsync(desired);
            if (left.Count == 0) return null;
            var done = new List<string>();
            var contested = new List<string>();
            for (var round = 1; round <= Rounds && left.Any(s => !done.Contains(s.Shown.Summary)); round++)
            {
                foreach (var step in left)
                {
                    await step.Run(CancellationToken.None);
                    done.Add(step.Shown.Summary);
                    if (round == 1) contested.AddRange(_contention.PutBack(step));
                }
                left = await LeftToDoAsync(desired);
            }
            foreach (var what in contested) events.Publish("contested", $"{what}: somebody keeps undoing it");
            LastHealing = $"{time.GetUtcNow():u} put back: {string.Join("; ", done)}";
            events.Publish("healed", LastHealing);
            return left is [var still, ..] ? new(ErrorKind.VerificationFailed, $"still to do: {still.Shown.Summary}", still.Shown.Target) : null;
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

    /// <summary>Without what is only looked at and what somebody keeps undoing.</summary>
    async Task<IReadOnlyList<Step>> LeftToDoAsync(NodeState desired)
    {
        var run = await planner.PlanAsync(desired, ManagementPath.Of(desired), CancellationToken.None, left: Planner.Left(desired));
        return [.. run.Steps.Where(s => !_contention.Leaves(s))];
    }
}
