using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;

namespace MeshMcp.UnitTests.Engine;

/// <summary>A system whose host is a set of flows in memory: one step a flow, and it can be told to fail at any of them.</summary>
sealed class ModelSystem : HostSystem<OpenflowSection, IReadOnlyList<string>>
{
    public SortedSet<string> Host { get; } = [];

    /// <summary>Called before each step with its number; may throw.</summary>
    public Action<int> BeforeStep { get; set; } = _ => { };

    /// <summary>Flows that cannot be put now.</summary>
    public Func<string, bool> IsBlocked { get; set; } = _ => false;

    /// <summary>Flows whose step fails.</summary>
    public Func<string, bool> Fails { get; set; } = _ => false;

    /// <summary>Flows that lack something.</summary>
    public Func<string, bool> Waits { get; set; } = _ => false;

    /// <summary>What is to be known of a flow.</summary>
    public Func<string, string?> Warns { get; set; } = _ => null;

    /// <summary>A flow about this port cuts the node off.</summary>
    public const string Cutting = "6666";

    int _steps;
    bool _serves;

    public override string Name => "openflow";

    /// <summary>Whether it cannot be asked now.</summary>
    public Func<bool> IsBlind { get; set; } = () => false;

    public override Task<IReadOnlyList<string>> ObserveAsync(NodeState desired, CancellationToken ct) => IsBlind() ? throw new MeshException(ErrorKind.Unavailable, "It is blind.") : Seen(ManagementPaths.ServesIn(desired));

    Task<IReadOnlyList<string>> Seen(bool serves)
    {
        _serves = serves;
        return Task.FromResult<IReadOnlyList<string>>([.. Host]);
    }

    public override OpenflowSection? Ours(IReadOnlyList<string> observed) => new() { Bridges = new Dictionary<string, BridgeFlows> { ["mesh"] = new() { Flows = observed } } };

    public override IEnumerable<Problem> Validate(NodeState desired) =>
        FlowTable.Of(desired, "mesh").Where(f => f.Contains("bad")).Select(f => new Problem("openflow", f));

    public override IReadOnlyList<Step> Plan(OpenflowSection? desired, IReadOnlyList<string> observed)
    {
        var wanted = desired?.Bridges.GetValueOrDefault("mesh")?.Flows ?? [];
        return
        [
            .. observed.Except(wanted).Select(f => New($"remove {f}", () => Host.Remove(f))),
            .. wanted.Except(observed).Where(f => !Waits(f)).Select(f => IsBlocked(f) ? Step.Blocked("openflow", ItemOf(f), new(ErrorKind.Conflict, $"Somebody has {f}.")) : New($"add {f}", () =>
            {
                if (Fails(f)) throw new MeshException(ErrorKind.CommandFailed, "the switch said no");
                Host.Add(f);
            }, _serves && f.Contains("9573")) with { Item = ItemOf(f) }),
        ];
    }

    public override IReadOnlyList<Finding> Findings(OpenflowSection? desired, IReadOnlyList<string> observed) =>
    [
        .. from flow in desired?.Bridges.GetValueOrDefault("mesh")?.Flows ?? []
           from finding in (Finding?[])[Waits(flow) ? new("waiting", ItemOf(flow), "It lacks a port.") : null, Warns(flow) is { } words ? new("warning", ItemOf(flow), words) : null]
           where finding is not null
           select finding,
    ];

    protected override OpenflowSection? Section(NodeState state) => state.Openflow;

    protected override NodeState With(NodeState state, OpenflowSection? section) => state with { Openflow = section };

    static string ItemOf(string flow) => FlowTable.ItemOf(flow, "mesh");

    Step New(string summary, Action run, bool touches = false) => new(new("openflow", summary, summary, TouchesManagement: touches), _ =>
    {
        BeforeStep(++_steps);
        run();
        return Task.CompletedTask;
    })
    {
        Touches = summary.Contains(Cutting, StringComparison.Ordinal) ? [new Touch.Unit("dbus.service", Stops: true)] : [],
    };
}
