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
            // What one system cannot do must not keep the others from theirs.
            var (faults, done, contested) = (new List<MeshError>(), new List<string>(), new List<string>());
            var left = await LeftToDoAsync(desired, faults);
            if (left.Count == 0 && faults.Count == 0) return null;
            for (var round = 1; round <= Rounds && left.Any(s => !done.Contains(s.Shown.Summary)); round++)
            {
                var first = round == 1;
                var failed = await RunEachAsync(left, s =>
                {
                    done.Add(s.Shown.Summary);
                    if (first) contested.AddRange(_contention.PutBack(s));
                });
                faults.Clear();
                left = await LeftToDoAsync(desired, faults);
                faults.InsertRange(0, failed);
                if (failed.Count > 0) break;
            }
            foreach (var what in contested) events.Publish("contested", $"{what}: somebody keeps undoing it");
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
    async Task<IReadOnlyList<Step>> LeftToDoAsync(NodeState desired, List<MeshError> faults)
    {
        var run = await planner.PlanAsync(desired, ManagementPath.Of(desired), CancellationToken.None, left: Planner.Left(desired));
        faults.AddRange(run.Faults.Select(f => f.Error));
        return [.. run.Steps.Where(s => !_contention.Leaves(s))];
    }
}
