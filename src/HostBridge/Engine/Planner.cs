using System.Security.Cryptography;
using System.Text.Json;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Engine;

/// <summary>Validates and plans over all systems, in the fixed order in which steps run.</summary>
public sealed class Planner(IReadOnlyList<ISystem> inOrder)
{
    public IReadOnlyList<ISystem> Systems => inOrder;

    /// <exception cref="MeshException">With every problem of every section.</exception>
    public void Validate(NodeState desired)
    {
        Problem[] problems = [.. inOrder.Where(s => s.Manages(desired)).SelectMany(s => s.Validate(desired))];
        if (problems.Length == 1)
            throw new MeshException(new MeshError(ErrorKind.InvalidArgument, problems[0].Message, problems[0].Path, "Correct it and send the request again; nothing was changed.", problems));
        if (problems.Length > 1)
            throw new MeshException(new MeshError(ErrorKind.InvalidArgument, $"The desired state has {problems.Length} faults; the first: {problems[0].Message}", problems[0].Path, "Correct each path named in problems; nothing was changed.", problems));
    }

    public Edit Resolve(Edit edit, NodeState state) =>
        inOrder.FirstOrDefault(s => s.Name == edit.Section)?.Resolve(edit, state) ?? throw new MeshException(ErrorKind.NotSupported, $"This node has no system for section {edit.Section}.", edit.Section);

    /// <summary>Plans every system that <paramref name="desired"/> or <paramref name="also"/> names.</summary>
    /// <param name="also">Names of systems to plan towards "nothing of ours" when the section is absent: how a snapshot says "none".</param>
    /// <param name="faults">Takes the faults of systems that cannot plan now, in place of an exception: the others plan without them.</param>
    public async Task<PlanRun> PlanAsync(NodeState desired, ManagementPath path, CancellationToken ct, IReadOnlyList<string>? also = null, List<MeshError>? faults = null)
    {
        var shares = new List<IReadOnlyList<Step>>();
        var findings = new List<Finding>(Unmanaged(desired));
        var observed = new NodeState();
        var planned = new List<string>();
        foreach (var system in inOrder.Where(s => s.Manages(desired) || also?.Contains(s.Name) == true))
        {
            SystemPlan share;
            try
            {
                share = await system.PlanAsync(desired, path, ct);
            }
            catch (MeshException e) when (faults is not null)
            {
                faults.Add(e.Error);
                continue;
            }
            planned.Add(system.Name);
            shares.Add(share.Steps);
            findings.AddRange(share.Findings);
            observed = share.WithObserved(observed);
        }
        Step[] steps = [.. shares.AsEnumerable().Reverse().SelectMany(s => s.Where(t => t.Teardown)), .. shares.SelectMany(s => s.Where(t => !t.Teardown))];
        PlannedStep[] shown = [.. steps.Select(s => s.Shown)];
        return new(new(DigestOf(shown), shown, findings), steps, new(planned, observed));
    }

    /// <summary>Sections that are kept without anybody looking after them.</summary>
    public IReadOnlyList<Finding> Unmanaged(NodeState desired) =>
    [
        .. from property in MeshJson.Default.NodeState.Properties
        where property.Name != "version" && property.Get!(desired) is not null && inOrder.All(s => s.Name != property.Name)
        select new Finding("unmanaged", property.Name, $"Section {property.Name} is read and kept; no system of this version carries it out."),
    ];

    static string DigestOf(PlannedStep[] steps)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var step in steps) hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(step, MeshJson.Default.PlannedStep));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }
}

/// <summary>A plan with its runnable steps and what was observed while it was made.</summary>
public sealed record PlanRun(Plan Plan, IReadOnlyList<Step> Steps, Snapshot Observed);

/// <summary>What was there before a change: the sections of the systems concerned; one that is named but absent means "nothing of ours".</summary>
public sealed record Snapshot(IReadOnlyList<string> Systems, NodeState State);
