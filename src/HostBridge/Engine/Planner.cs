using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Network;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Engine;

/// <summary>Validates and plans over all systems, in the fixed order in which steps run.</summary>
/// <param name="look">At the node's own network, with or without who listens; null: nothing is known of it.</param>
public sealed class Planner(IReadOnlyList<ISystem> inOrder, TimeProvider time, ILogger<Planner> log, Func<bool, CancellationToken, Task<HostNetwork>>? look = null, SecretStore? secrets = null)
{
    readonly Patience _patience = new(time, log);

    static IReadOnlyList<string> Sections => NodeState.Sections;

    public IReadOnlyList<ISystem> Systems => inOrder;

    /// <summary>Every problem of every section.</summary>
    public IReadOnlyList<Problem> Problems(NodeState desired) => StateTexts.Faults(desired).ToList() is { Count: > 0 } texts ? texts :
    [
        .. from section in desired.Modes?.Keys ?? []
           where inOrder.All(s => s.Name != section) && !Sections.Contains(section)
           select new Problem($"modes.{section}", $"There is no section {section}.", Nearest: Nearest.To(section, Sections)),
        // Also what nobody looks after: what is looked after is made of it too.
        .. inOrder.Where(s => s.Manages(desired) || s.Leaves(desired)).SelectMany(s => s.Validate(desired)),
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
        Refuse(document is null ? Problems(desired) : Problems(desired, document));
    }

    /// <summary>Problems of what is newly given, none of what was so before.</summary>
    public IReadOnlyList<Problem> NewProblems(NodeState before, NodeState after) => [.. inOrder.SelectMany(s => s.NewFaults(before, after)), .. Misused(before, after)];

    /// <summary>Secrets that are newly named for what they are not.</summary>
    IEnumerable<Problem> Misused(NodeState before, NodeState after) =>
        inOrder.SelectMany(s => s.Secrets(after).Except(s.Secrets(before))).Select(s => secrets?.Misused(s.Path, s.Reference, s.Kind)).OfType<Problem>();

    /// <exception cref="MeshException">With every one of <see cref="NewProblems"/>.</exception>
    public void ValidateNew(NodeState before, NodeState after) => Refuse(NewProblems(before, after));

    static void Refuse(IReadOnlyList<Problem> problems)
    {
        if (problems.Count == 1)
            throw new MeshException(new MeshError(ErrorKind.InvalidArgument, problems[0].Message, problems[0].Path, "Correct it and send the request again; nothing was changed.", problems));
        if (problems.Count > 1)
            throw new MeshException(new MeshError(ErrorKind.InvalidArgument, $"The desired state has {problems.Count} faults; the first: {problems[0].Message}", problems[0].Path, "Correct each path named in problems; nothing was changed.", problems));
    }

    /// <summary>Why a caller may not make this change, though he may change those sections; null when he may. What was so before is no reason.</summary>
    public MeshError? RefusalOf(Caller caller, NodeState before, NodeState after)
    {
        // Also where a change goes back to an earlier state.
        Problem[] misused = [.. Misused(before, after)];
        if (misused.Length > 0) return new(ErrorKind.InvalidArgument, misused[0].Message, misused[0].Path, "Name another secret, or store it for this purpose.", misused);
        Problem[] roots = caller.IsRoot ? [] : [.. inOrder.SelectMany(s => s.RootsOf(before, after))];
        if (roots.Length > 0) return new(ErrorKind.PermissionDenied, roots[0].Message, roots[0].Path, "Leave that out, or have it applied as root on the node itself: meshctl apply FILE.", roots);
        Problem[] admins = caller.Scope >= Scope.Admin ? [] : [.. inOrder.SelectMany(s => s.AdminsOf(before, after))];
        return admins.Length == 0 ? null : new(ErrorKind.PermissionDenied, admins[0].Message, admins[0].Path, "Leave that out, or use a token with scope admin.", admins);
    }

    public ISystem SystemOf(string section) =>
        inOrder.FirstOrDefault(s => s.Name == section) ?? throw new MeshException(new MeshError(ErrorKind.NotSupported, $"This node has no system for section {section}.", section, Problems:
            [new("section", "No system of this version looks after it.", Nearest: Nearest.To(section, inOrder.Select(s => s.Name)))]));

    /// <summary>Sections in mode observe, whose drift is reported and not put back, save those that the change from <paramref name="before"/> is about.</summary>
    public IReadOnlySet<string> Left(NodeState desired, NodeState? before = null) =>
        inOrder.Where(s => desired.ModeOf(s.Name) == DriftMode.Observe && (before is null || !s.Differs(before, desired))).Select(s => s.Name).ToHashSet();

    /// <summary>What would have to be done if it were not only looked at.</summary>
    public static IEnumerable<Finding> DriftOf(string section, IEnumerable<Step> steps)
    {
        const int Lines = 5;
        return steps.Select(s => new Finding("drift", section,
            $"{s.Shown.Summary}{(s.Shown.Details is { Count: > 0 } all ? $" ({string.Join("; ", all.Take(Lines))}{(all.Count > Lines ? $"; {all.Count - Lines} more" : "")})" : "")}: not done, the section's mode is observe."));
    }

    public Edit Resolve(Edit edit, NodeState state) =>
        SystemOf(edit.Section).Resolve(edit, state);

    /// <summary>Names of the systems that have something to look after in the state.</summary>
    public IReadOnlySet<string> Managing(NodeState state) => inOrder.Where(s => s.Manages(state)).Select(s => s.Name).ToHashSet();

    /// <summary>With all systems that stand on them.</summary>
    public IReadOnlySet<string> WithCarried(IEnumerable<string> systems)
    {
        var all = new HashSet<string>();
        var open = new Queue<string>(systems);
        while (open.TryDequeue(out var name))
            if (all.Add(name))
                foreach (var carried in inOrder.FirstOrDefault(s => s.Name == name)?.Carries ?? [])
                    foreach (var one in carried == ISystem.Every ? inOrder.Select(s => s.Name) : [carried]) open.Enqueue(one);
        return all;
    }

    /// <summary>Whether steps of <paramref name="systems"/> can bring whatever another system waits for.</summary>
    public bool BringAnything(IEnumerable<string> systems) => inOrder.Any(s => s.Carries.Contains(ISystem.Every) && systems.Contains(s.Name));

    /// <summary>Whether the system did when it was asked last.</summary>
    public bool Answers(string system) => !_patience.Silent(system);

    /// <summary>Plans the systems side by side; one that cannot answer, or does not in time, is a fault of its own, and the others plan without it.</summary>
    /// <param name="systems">Names; where <paramref name="desired"/> lacks the section, towards "nothing of ours".</param>
    /// <param name="left">Sections to report the drift of instead.</param>
    /// <param name="before">What a change goes from: its steps are judged by the guard. Null where nothing is to be guarded: healing and undoing go to what was confirmed.</param>
    public async Task<PlanRun> PlanAsync(NodeState desired, IReadOnlySet<string> systems, CancellationToken ct, IReadOnlySet<string>? left = null, NodeState? before = null)
    {
        var run = await PlanAsync(_ => desired, systems, ct, left, before is null ? null : (before, desired));
        return run with { Plan = run.Plan with { Findings = [.. Unmanaged(desired), .. run.Plan.Findings] } };
    }

    /// <summary>As <see cref="PlanAsync(NodeState, IReadOnlySet{string}, CancellationToken, IReadOnlySet{string}?, NodeState?)"/>, each system with an aim of its own.</summary>
    /// <param name="briefly">Of these an answer is wanted only if it comes at once.</param>
    public async Task<PlanRun> PlanAsync(Func<ISystem, NodeState> aim, IReadOnlySet<string> systems, CancellationToken ct, IReadOnlySet<string>? left = null, (NodeState Before, NodeState After)? change = null, IReadOnlySet<string>? briefly = null)
    {
        ISystem[] asked = [.. inOrder.Where(s => systems.Contains(s.Name) && !s.Leaves(aim(s)))];
        var answers = await Task.WhenAll(asked.Select(s => _patience.AskAsync(s.Name, limit => s.PlanAsync(aim(s), limit), ct, briefly?.Contains(s.Name) == true)));
        var faults = new List<SystemFault>();
        var shares = new List<IReadOnlyList<Step>>();
        var findings = new List<Finding>();
        var (seen, later) = (new List<SeenSystem>(), new List<Step>());
        foreach (var (system, answer) in asked.Zip(answers))
        {
            if (answer.Share is not { } share)
            {
                faults.Add(new(system.Name, answer.Fault!));
                continue;
            }
            findings.AddRange(share.Findings);
            findings.AddRange(share.Steps.Where(s => s.NotNow is not null).Select(BlockedFinding));
            Step[] steps = [.. share.Steps.Where(s => s.NotNow is null)];
            if (left?.Contains(system.Name) == true)
            {
                findings.AddRange(DriftOf(system.Name, steps));
                continue;
            }
            seen.Add(new(system.Name, share.WithObserved, [.. share.Steps.Where(s => s.NotNow is not null)], share.Findings));
            shares.Add(steps);
            if (change is var (before, after) && system.Differs(before, after)) later.AddRange(share.Later);
        }
        Step[] ordered = [.. shares.AsEnumerable().Reverse().SelectMany(s => s.Where(t => t.Teardown)), .. shares.SelectMany(s => s.Where(t => !t.Teardown))];
        return (await GuardedAsync(ordered, later, change, ct)).Run(findings, seen, faults, change is var (_, wanted) ? BoundBy(wanted, asked) : []);
    }

    /// <summary>All that a change asks for, and the secrets that it names as they are now.</summary>
    IEnumerable<string> BoundBy(NodeState after, IEnumerable<ISystem> systems) =>
    [
        JsonSerializer.Serialize(after, MeshJson.Default.NodeState),
        .. from named in systems.SelectMany(s => s.Secrets(after))
           select $"{named.Path} {(secrets?.Find(named.Reference, named.Kind) is { } value ? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(value))) : "")}",
    ];

    /// <summary>With what the steps do to the ways to the node.</summary>
    async Task<GuardedSteps> GuardedAsync(IReadOnlyList<Step> steps, IReadOnlyList<Step> later, (NodeState Before, NodeState After)? change, CancellationToken ct)
    {
        if (change is not var (before, after) || !steps.Concat(later).Any(s => s.Touches.Count > 0)) return new(steps, null, [], []);
        return Guard.Judge(steps, later, new(before, after, look is null ? HostNetwork.Unknown : await look(Guard.AsksWhoListens(steps), ct)));
    }

    public static Finding BlockedFinding(Step step) => new("blocked", step.Item ?? step.Shown.System, $"{step.NotNow!.Message} {step.NotNow.Hint}".TrimEnd());

    /// <summary>Sections that are kept without anybody looking after them.</summary>
    public IReadOnlyList<Finding> Unmanaged(NodeState desired) =>
    [
        .. from property in MeshJson.Default.NodeState.Properties
        where Sections.Contains(property.Name) && property.Get!(desired) is not null && inOrder.All(s => s.Name != property.Name)
        select new Finding("unmanaged", property.Name, $"Section {property.Name} is read and kept; no system of this version carries it out."),
    ];

    /// <summary>What becomes of each section that a document leaves out.</summary>
    public IReadOnlyList<Finding> LeftOutBy(Settling settling) =>
    [
        .. from section in StateSections.Of(settling.LeftOut.Said).Union(settling.LeftOut.Unmanaged.Intersect(StateSections.Of(settling.State)))
           let stays = settling.State.ModeOf(section) != DriftMode.Unmanaged ? $"its mode is {settling.State.ModeOf(section).ToString().ToLowerInvariant()}"
               : inOrder.Any(s => s.Name == section && s.Manages(settling.State)) ? "other sections stand on it, so it goes on being looked after" : null
           select new Finding("unmanaged", section, stays is null
               ? $"The document leaves section {section} out: what it made stays as it is, edits too, and nobody looks after it until a document has the section again or an edit is made of it."
               : $"The document leaves section {section} out: it stays as it was said last; {stays}."),
    ];

    /// <summary>Of all that will be done: what is shown, and what is written and taken away by it.</summary>
    internal static string DigestOf(IReadOnlyList<Step> steps, IEnumerable<string> bound)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in steps.SelectMany(s => new[] { JsonSerializer.Serialize(s.Shown, MeshJson.Default.PlannedStep), s.Binds ?? "" }).Concat(bound))
        {
            hash.AppendData(BitConverter.GetBytes(Encoding.UTF8.GetByteCount(part)));
            hash.AppendData(Encoding.UTF8.GetBytes(part));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }
}

/// <summary>A plan with its runnable steps and what was observed while it was made.</summary>
/// <param name="Faults">Of systems that could not plan, and are not in it.</param>
public sealed record PlanRun(Plan Plan, IReadOnlyList<Step> Steps, IReadOnlyList<SeenSystem> Seen, IReadOnlyList<SystemFault> Faults)
{
    /// <summary>Addresses that the plan would give and the host has already elsewhere.</summary>
    public IReadOnlyList<Problem> Overlaps { get; init; } = [];

    /// <inheritdoc cref="SystemPlan.Later"/>
    public IReadOnlyList<Step> Later { get; init; } = [];

    public Snapshot Observed => Seen.AddedTo(new([], new()));

    /// <summary>What cannot be put right now, item by item.</summary>
    public IEnumerable<Step> Blocked => Seen.SelectMany(s => s.Blocked);
}

/// <summary>What is there of a system's, put into a state.</summary>
/// <param name="Blocked">Steps that cannot be taken now.</param>
/// <param name="Findings">What it has to say.</param>
public sealed record SeenSystem(string System, Func<NodeState, NodeState> Into, IReadOnlyList<Step> Blocked, IReadOnlyList<Finding> Findings);

static class SeenSystems
{
    /// <summary>What was there, with the systems that it does not have yet; the same where there are none.</summary>
    public static Snapshot AddedTo(this IReadOnlyList<SeenSystem> seen, Snapshot snapshot)
    {
        SeenSystem[] more = [.. seen.Where(s => !snapshot.Systems.Contains(s.System))];
        return more.Length == 0 ? snapshot : new([.. snapshot.Systems, .. more.Select(s => s.System)], more.Aggregate(snapshot.State, (state, s) => s.Into(state)));
    }
}

/// <summary>Why a system can neither see what is there nor plan.</summary>
public sealed record SystemFault(string System, MeshError Error);
