using MeshMcp.Contracts.Errors;

namespace MeshMcp.HostBridge.Engine;

/// <summary>A change that is being made: what it is about, and what the first look showed.</summary>
sealed record ChangeCourse(Proposal Proposal, Concern Concern, PlanRun First, MakingChange Making)
{
    /// <summary>The newest look at what it is about.</summary>
    public PlanRun Last { get; set; } = First;

    readonly HashSet<(string, string, string)> _first = [.. First.Steps.Select(s => s.Key)];

    /// <summary>Systems that later looks are at: what could not be asked at first, and the change is not about, is left as it is also when it can be asked again.</summary>
    public IReadOnlySet<string> Again { get; } = Concern.All.Where(s => Concern.Systems.Contains(s) || First.Faults.All(f => f.System != s)).ToHashSet();

    /// <summary>What would have been to do without this change too is no reason to undo it when it cannot be done.</summary>
    public bool Bears(Step step) => !Concern.IsAbout(step) && _first.Contains(step.Key);

    /// <summary>What the change is about must be seen; and where it touched what others stand on, what answered before must again.</summary>
    public MeshError? NotYet(Planner planner, PlanRun run)
    {
        var brings = planner.BringAnything(First.Steps.Select(s => s.Shown.System));
        return run.Faults.FirstOrDefault(f => Concern.Systems.Contains(f.System) || brings)?.Error
            ?? run.Blocked.FirstOrDefault(Concern.IsAbout)?.NotNow;
    }
}
