using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;

namespace MeshMcp.UnitTests.Engine;

/// <summary>A system that always has something to do and never can.</summary>
/// <param name="plans">It fails only when it runs.</param>
sealed class LameSystem(bool plans) : BlindableSystem
{
    public override Task<SystemPlan> PlanAsync(NodeState desired, CancellationToken ct) =>
        plans ? Task.FromResult(new SystemPlan(s => s, [new Step(new(Name, "itself", "walk"), _ => throw Lame)], [])) : throw Lame;
}

/// <summary>A system with nothing to do, that cannot be asked at times.</summary>
sealed class SulkingSystem(Func<bool> sulks) : BlindableSystem
{
    public override Task<SystemPlan> PlanAsync(NodeState desired, CancellationToken ct) => sulks() ? throw Lame : Task.FromResult(new SystemPlan(s => s, [], []));
}

/// <summary>Units that start a daemon, and stop it when nothing is desired of them any more.</summary>
sealed class WakingSystem : BlindableSystem
{
    public bool Awake { get; set; }

    public override string Name => "systemd";

    public override IReadOnlyList<string> Carries => [ISystem.Every];

    public override bool Differs(NodeState a, NodeState b) => a.Systemd?.Units.Count != b.Systemd?.Units.Count;

    public override Task<SystemPlan> PlanAsync(NodeState desired, CancellationToken ct)
    {
        var (wanted, now) = (desired.Systemd?.Units.Count > 0, Awake);
        return Task.FromResult(new SystemPlan(s => s with { Systemd = now ? new() { Units = new Dictionary<string, UnitState> { ["daemon.service"] = new() } } : null },
            wanted == now ? [] : [new Step(new(Name, "daemon.service", wanted ? "start" : "stop"), _ =>
            {
                Awake = wanted;
                return Task.CompletedTask;
            })], []));
    }
}

/// <summary>One step, once, on the way in.</summary>
sealed class TouchingSystem : BlindableSystem
{
    bool _done;

    public override bool Differs(NodeState a, NodeState b) => true;

    public override Task<SystemPlan> PlanAsync(NodeState desired, CancellationToken ct) => Task.FromResult(new SystemPlan(s => s, _done ? [] : [new Step(new(Name, "the way in", "touch it", TouchesManagement: true), _ =>
    {
        _done = true;
        return Task.CompletedTask;
    })], []));
}

/// <summary>A unit that waits for the step before it, and is touched in the round after.</summary>
sealed class WaitingSystem : BlindableSystem
{
    const string Item = "lame.waiting";

    int _done;

    public override bool Differs(NodeState a, NodeState b) => true;

    public override Task<SystemPlan> PlanAsync(NodeState desired, CancellationToken ct) => Task.FromResult(_done switch
    {
        0 => new(s => s, [Work("what it waits for", touches: false)], []) { Later = [Step.Waiting(Name, Item, "touch the way in", new Touch.Unit("other.service", Stops: false))] },
        1 => new(s => s, [Work("touch the way in", touches: true)], []),
        _ => new SystemPlan(s => s, [], []),
    });

    Step Work(string what, bool touches) => new(new(Name, Item, what, TouchesManagement: touches), _ =>
    {
        _done++;
        return Task.CompletedTask;
    })
    { Item = Item };
}

abstract class BlindableSystem : ISystem
{
    protected static readonly MeshException Lame = new(ErrorKind.Unavailable, "It is lame.");

    public virtual string Name => "lame";

    public virtual IReadOnlyList<string> Carries => [];

    public virtual bool Manages(NodeState state) => true;

    public virtual bool Differs(NodeState a, NodeState b) => false;

    public NodeState? Released(NodeState desired) => null;

    public virtual IEnumerable<Problem> Validate(NodeState desired) => [];

    public bool Leaves(NodeState state) => false;

    public IEnumerable<Problem> NewFaults(NodeState before, NodeState after) => [];

    public virtual IEnumerable<(string Path, string? Reference, SecretKind Kind)> Secrets(NodeState state) => [];

    public void Keep(Edit edit)
    {
    }

    public IEnumerable<(string Secret, string Name)> Revokes(Edit edit, NodeState before) => [];

    public virtual IEnumerable<Problem> RootsOf(NodeState before, NodeState after) => [];

    public IEnumerable<Problem> AdminsOf(NodeState before, NodeState after) => [];

    public Edit Resolve(Edit edit, NodeState state) => edit;

    public virtual Task<IReadOnlyList<Edit>> AdoptAsync(NodeState desired, CancellationToken ct) => throw Lame;

    public abstract Task<SystemPlan> PlanAsync(NodeState desired, CancellationToken ct);
}
