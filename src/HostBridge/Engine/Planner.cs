using System.Security.Cryptography;
using System.Text.Json;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Network;

namespace MeshMcp.HostBridge.Engine;

/// <summary>Validates and plans over all systems, in the fixed order in which steps run.</summary>
/// <param name="look">Null: nothing is known of the node's own network.</param>
public sealed class Planner(IReadOnlyList<ISystem> inOrder, Func<CancellationToken, Task<HostNetwork>>? look = null)
{
    static IReadOnlyList<string> Sections => NodeState.Sections;

    public IReadOnlyList<ISystem> Systems => inOrder;

    /// <summary>Every problem of every section.</summary>
    public IReadOnlyList<Problem> Problems(NodeState desired) =>
    [
        .. from section in desired.Modes?.Keys ?? []
           where inOrder.All(s => s.Name != section) && !Sections.Contains(section)
           select new Problem($"modes.{section}", $"There is no section {section}.", Nearest: Nearest.To(section, Sections)),
        .. inOrder.Where(s => s.Manages(desired)).SelectMany(s => s.Validate(desired)),
    ];

    /// <summary>The problems of a document with edits on top, with paths into the document where that has them by itself.</summary>
    public IReadOnlyList<Problem> Problems(NodeState desired, NodeState document)
    {
        var all = Problems(desired);
        if (all.Count == 0) return all;
        Problem[] own = [.. Problems(document).Where(p => all.Any(a => a.Message == p.Message))];
        return own.Length == 0 ? all : own;
    }

    /// <param name="document">The declared document that is new.</param>
    /// <exception cref="MeshException">With every problem of every section.</exception>
    public void Validate(NodeState desired, NodeState? document = null)
    {
        var problems = document is null ? Problems(desired) : Problems(desired, document);
        if (problems.Count == 1)
            throw new MeshException(new MeshError(ErrorKind.InvalidArgument, problems[0].Message, problems[0].Path, "Correct it and send the request again; nothing was changed.", problems));
        if (problems.Count > 1)
            throw new MeshException(new MeshError(ErrorKind.InvalidArgument, $"The desired state has {problems.Count} faults; the first: {problems[0].Message}", problems[0].Path, "Correct each path named in problems; nothing was changed.", problems));
    }

    public ISystem SystemOf(string section) =>
        inOrder.FirstOrDefault(s => s.Name == section) ?? throw new MeshException(new MeshError(ErrorKind.NotSupported, $"This node has no system for section {section}.", section, Problems:
            [new("section", "No system of this version looks after it.", Nearest: Nearest.To(section, inOrder.Select(s => s.Name)))]));

    /// <summary>Sections in mode observe, whose drift is reported and not put back, save those that the change from <paramref name="before"/> is about.</summary>
    public static IReadOnlySet<string> Left(NodeState desired, NodeState? before = null) =>
        Sections.Where(s => desired.ModeOf(s) == DriftMode.Observe && (before is null || TextOf(desired, s) == TextOf(before, s))).ToHashSet();

    /// <summary>Whether the two ask something else of a system.</summary>
    public static bool Differ(string system, NodeState a, NodeState b) => TextOf(a, system) != TextOf(b, system);

    /// <summary>What would have to be done if it were not only looked at.</summary>
    public static IEnumerable<Finding> DriftOf(string section, SystemPlan share)
    {
        const int Lines = 5;
        return share.Steps.Select(s => new Finding("drift", section,
            $"{s.Shown.Summary}{(s.Shown.Details is { Count: > 0 } all ? $" ({string.Join("; ", all.Take(Lines))}{(all.Count > Lines ? $"; {all.Count - Lines} more" : "")})" : "")}: not done, the section's mode is observe."));
    }

    public Edit Resolve(Edit edit, NodeState state) =>
        SystemOf(edit.Section).Resolve(edit, state);

    /// <summary>Plans every system that <paramref name="desired"/> or <paramref name="also"/> names; where one cannot, the others plan without it.</summary>
    /// <param name="also">Names of systems to plan towards "nothing of ours" when the section is absent: how a snapshot says "none".</param>
    /// <param name="left">Sections to report the drift of instead.</param>
    public async Task<PlanRun> PlanAsync(NodeState desired, ManagementPath path, CancellationToken ct, IReadOnlyList<string>? also = null, IReadOnlySet<string>? left = null)
    {
        var faults = new List<SystemFault>();
        var shares = new List<IReadOnlyList<Step>>();
        var findings = new List<Finding>(Unmanaged(desired));
        var seen = new List<SeenSystem>();
        foreach (var system in inOrder.Where(s => s.Manages(desired) || also?.Contains(s.Name) == true))
        {
            SystemPlan share;
            try
            {
                share = await system.PlanAsync(desired, ct);
            }
            catch (MeshException e)
            {
                faults.Add(new(system.Name, e.Error));
                continue;
            }
            findings.AddRange(share.Findings);
            if (left?.Contains(system.Name) == true)
            {
                findings.AddRange(DriftOf(system.Name, share));
                continue;
            }
            seen.Add(new(system.Name, share.WithObserved));
            shares.Add(share.Steps);
        }
        Step[] steps = [.. shares.AsEnumerable().Reverse().SelectMany(s => s.Where(t => t.Teardown)), .. shares.SelectMany(s => s.Where(t => !t.Teardown))];
        return (await GuardedAsync(steps, path, ct)).Run(findings, seen, faults);
    }

    /// <summary>With what the steps do to the ways to the node.</summary>
    async Task<GuardedSteps> GuardedAsync(IReadOnlyList<Step> steps, ManagementPath path, CancellationToken ct)
    {
        if (path.Change is not var (before, after) || !steps.Any(s => s.Touches.Count > 0)) return new(steps, null, []);
        return Guard.Judge(steps, new(before, after, look is null ? HostNetwork.Unknown : await look(ct)));
    }

    /// <summary>Sections that are kept without anybody looking after them.</summary>
    public IReadOnlyList<Finding> Unmanaged(NodeState desired) =>
    [
        .. from property in MeshJson.Default.NodeState.Properties
        where Sections.Contains(property.Name) && property.Get!(desired) is not null && inOrder.All(s => s.Name != property.Name)
        select new Finding("unmanaged", property.Name, $"Section {property.Name} is read and kept; no system of this version carries it out."),
    ];

    /// <summary>What the section asks for, also where other sections say it.</summary>
    static string TextOf(NodeState state, string section) => section switch
    {
        "bridge" or "adapters" => JsonSerializer.Serialize(BridgeLayout.Of(state), MeshJson.Default.BridgeSection!),
        "uplink" => JsonSerializer.Serialize(UplinkLayout.Of(state), MeshJson.Default.UplinkSection!),
        _ => JsonSerializer.SerializeToNode(state, MeshJson.Default.NodeState)![section]?.ToJsonString() ?? "",
    };

    internal static string DigestOf(IReadOnlyList<PlannedStep> steps)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var step in steps) hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(step, MeshJson.Default.PlannedStep));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }
}

/// <summary>A plan with its runnable steps and what was observed while it was made.</summary>
/// <param name="Faults">Of systems that could not plan, and are not in it.</param>
public sealed record PlanRun(Plan Plan, IReadOnlyList<Step> Steps, IReadOnlyList<SeenSystem> Seen, IReadOnlyList<SystemFault> Faults)
{
    /// <summary>Addresses that the plan would give and the host has already elsewhere.</summary>
    public IReadOnlyList<Problem> Overlaps { get; init; } = [];

    public Snapshot Observed => new([.. Seen.Select(s => s.System)], Seen.Aggregate(new NodeState(), (state, s) => s.Into(state)));
}

/// <summary>What is there of a system's, put into a state.</summary>
public sealed record SeenSystem(string System, Func<NodeState, NodeState> Into);

/// <summary>Why a system can neither see what is there nor plan.</summary>
public sealed record SystemFault(string System, MeshError Error);

/// <summary>What was there before a change: the sections of the systems concerned; one that is named but absent means "nothing of ours".</summary>
public sealed record Snapshot(IReadOnlyList<string> Systems, NodeState State)
{
    /// <summary>Systems that could only be seen once the change had brought what they stand on; they may be out of sight again when it is taken back.</summary>
    public IReadOnlyList<string> Later { get; set; } = [];

    /// <summary>With the systems among <paramref name="seen"/> that it does not have yet; the same where there are none.</summary>
    public Snapshot With(IReadOnlyList<SeenSystem> seen)
    {
        SeenSystem[] more = [.. seen.Where(s => !Systems.Contains(s.System) && !Later.Contains(s.System))];
        return more.Length == 0 ? this : new(Systems, more.Aggregate(State, (state, s) => s.Into(state))) { Later = [.. Later, .. more.Select(s => s.System)] };
    }
}
