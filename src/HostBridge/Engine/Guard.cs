using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.HostBridge.Engine;

/// <summary>
/// Tells of each step which ways to the node it touches, and which it certainly cuts, from what the step lays hands on and from what the ways are. Pure.
/// Cut: refused unless an admin forces it. Touched: confirmed over that way. When in doubt touched: the price is one confirmation.
/// </summary>
public sealed class Guard(ManagementPaths paths)
{
    readonly FlowGuard _flows = new(paths);

    /// <summary>What the steps do to the ways to the node, and what they reach besides.</summary>
    /// <param name="later">As <see cref="SystemPlan.Later"/>.</param>
    public static GuardedSteps Judge(IReadOnlyList<Step> steps, IReadOnlyList<Step> later, ManagementPaths paths)
    {
        var guard = new Guard(paths);
        Step[] judged = [.. steps.Select(guard.Judged)];
        return new(judged, BlastOf(judged), [.. steps.SelectMany(s => s.Touches).OfType<Touch.Address>().SelectMany(a => AddressOverlap.Of(a, paths)).DistinctBy(p => p.Path)], [.. later.Select(guard.Judged)]);
    }

    /// <summary>Whether <see cref="ManagementPaths.RelayAddresses"/> make a difference: to find out costs a process.</summary>
    public static bool AsksWhoListens(IEnumerable<Step> steps) => steps.Any(s => s.Touches.Any(t => t is Touch.Address));

    /// <summary>With a finding where applying it would be refused.</summary>
    /// <exception cref="MeshException">InvalidArgument: it would give an address that the host has already elsewhere.</exception>
    public static PlanRun Checked(PlanRun run, bool force)
    {
        if (run.Overlaps is [var first, ..])
            throw new MeshException(new MeshError(ErrorKind.InvalidArgument, first.Message, first.Path, "Correct it and send the request again; nothing was changed.", run.Overlaps));
        return force || RefusalOf(run.Steps.Concat(run.Later).Select(s => s.Shown)) is not { } refusal ? run
            : run with { Plan = run.Plan with { Findings = [.. run.Plan.Findings, new("warning", refusal.Target ?? "state", $"It would be refused: {refusal.Message} {refusal.Hint}")] } };
    }

    /// <exception cref="MeshException">Conflict: a step certainly cuts a way to the node.</exception>
    public static void Refuse(IEnumerable<Step> steps, bool force)
    {
        if (!force && RefusalOf(steps.Select(s => s.Shown)) is { } refusal) throw new MeshException(refusal);
    }

    /// <summary>Null when no step certainly cuts a way to the node.</summary>
    public static MeshError? RefusalOf(IEnumerable<PlannedStep> steps)
    {
        (PlannedStep Step, PathTouch Cut)[] cuts = [.. from step in steps from touch in step.Paths ?? [] where touch.Cut select (step, touch)];
        return cuts.Length == 0 ? null : new(ErrorKind.Conflict,
            $"{cuts[0].Step.Summary}: this would cut {cuts[0].Cut.Path}, since {cuts[0].Cut.Why}{(cuts.Length > 1 ? $" (and {cuts.Length - 1} more: {string.Join(", ", cuts.Skip(1).Select(c => c.Cut.Path).Distinct().Take(5))})" : "")}.",
            cuts[0].Step.Target, "Change what you ask for; nothing of it stays. Where it is meant, an admin may force it on the node (scope admin: meshctl … --force); even then it is undone unless it is confirmed.");
    }

    Step Judged(Step step)
    {
        PathTouch[] touched = [.. step.Touches.SelectMany(Of).GroupBy(t => t.Path).Select(g => g.OrderByDescending(t => t.Cut).First())];
        return touched.Length == 0 ? step : step with { Shown = step.Shown with { TouchesManagement = true, Paths = touched } };
    }

    IEnumerable<PathTouch> Of(Touch touch) => touch switch
    {
        Touch.Bridge bridge => OfBridge(bridge),
        Touch.NewBridge bridge => bridge.Name == paths.Uplink || bridge.Name == paths.Tunnel ? [OfDevice(bridge.Name, "it becomes a bridge")!] : [],
        Touch.Port port => OfPort(port),
        Touch.Routes routes => OfRoutes(routes),
        Touch.Address address => OfAddress(address),
        Touch.Flows flows => _flows.Of(flows),
        Touch.Unit unit => UnitGuard.Of(unit, paths) is { } one ? [one] : [],
        Touch.Package package => PackageGuard.Of(package, paths) is { } one ? [one] : [],
        Touch.Container { Runs: true, Ends: true } container => OfContainer(container),
        Touch.Published published => OfPublished(published),
        Touch.Uplink uplink => OfUplink(uplink),
        Touch.Tunnel { Ends: true } tunnel => tunnel.Name == paths.Tunnel ? [new(paths.TunnelName, false, "whoever comes by it is cut off, at least for a while")]
            : tunnel.Name == paths.Uplink ? [OfDevice(tunnel.Name, "it goes down")!] : [],
        Touch.Egress { Removed: true } egress => paths.Bridge?.Address is { } own && AddressOverlap.Overlaps(egress.Network, own) ? [new(ManagementPaths.RelayName, false, $"{egress.Network} is reached through this node no longer")] : [],
        _ => [],
    };

    IEnumerable<PathTouch> OfBridge(Touch.Bridge bridge)
    {
        if (!paths.IsBridge(bridge.Name)) yield break;
        foreach (var way in paths.ServingPorts) yield return new(way.Name, bridge.Removed, bridge.Removed ? $"the container hangs on {bridge.Name}" : $"{bridge.Name} carries it");
        if (paths.Adapter is not null) yield return new(ManagementPaths.RelayName, false, $"it is the address of {bridge.Name}");
    }

    IEnumerable<PathTouch> OfPort(Touch.Port port)
    {
        if (port.Adds && OfDevice(port.Name, "a device that is a port of the bridge carries the node's own packets no longer") is { } device) yield return device;
        foreach (var way in paths.ServingPorts.Where(w => w.Container.Veth == port.Name))
            yield return new(way.Name, port.Removed && !paths.StaysServed(way.Port), $"{port.Name} is the container's port");
        if (paths.Adapter?.Port == port.Name) yield return new(paths.TunnelName, false, $"{port.Name} joins it to the bridge");
    }

    IEnumerable<PathTouch> OfRoutes(Touch.Routes routes)
    {
        if (routes.Device == paths.Uplink) yield return OfDevice(routes.Device, "what comes by it would go to the bridge, and nowhere else")!;
        // What is put right there only adds what lacked, and takes what belongs to others' networks.
        else if (routes.Removed && routes.Device == paths.Tunnel) yield return new(paths.TunnelName, false, "its routes to the bridge are taken away");
    }

    /// <summary>Null when no way to the node goes by the device.</summary>
    PathTouch? OfDevice(string device, string why) =>
        device == paths.Uplink ? new(paths.UplinkName, true, why)
        : device == paths.Tunnel ? new(paths.TunnelName, true, why)
        : paths.Host.Device(device) is { Reached: { } address } && !paths.OwnDevices.Contains(device) ? new($"SSH at {address}", false, why)
        : null;

    IEnumerable<PathTouch> OfAddress(Touch.Address address)
    {
        if (!paths.IsBridge(address.Device) || address.Before is not { } before || before == address.After) yield break;
        var (was, isBound) = (before.Split('/')[0], paths.RelayAddresses.Contains(before.Split('/')[0]));
        if (address.After.Split('/')[0] != was && (isBound || paths.Adapter is not null))
            yield return new(ManagementPaths.RelayName, isBound && paths.RelayAddresses.All(a => a == was), isBound ? $"it listens on {was} only" : $"servers reach it at {was}");
        foreach (var way in paths.ServingPorts) yield return new(way.Name, false, $"{was} is its gateway");
    }

    IEnumerable<PathTouch> OfContainer(Touch.Container container) =>
        from way in paths.ServingPorts
        where way.Container.Id == container.Id
        let stays = paths.StaysServed(way.Port)
        select new PathTouch(way.Name, !stays, stays ? "its programs end, and start anew" : "nothing serves it any more");

    IEnumerable<PathTouch> OfPublished(Touch.Published published)
    {
        var (protocol, port) = (published.Protocol, published.Number);
        if (protocol == "udp" && port == paths.TunnelPort && published.Opens) yield return new(paths.TunnelName, true, $"udp/{port} would reach a container instead");
        // What was not published nobody came in by; where the node's own SSH, relay or another program listens, uplink refuses it.
        if (protocol != "tcp" || published.Opens) yield break;
        foreach (var way in paths.ServingPorts.Where(w => w.Port == port))
            yield return new(way.Name, false, published.Closes ? $"tcp/{port} is no longer published" : $"tcp/{port} is published otherwise");
    }

    IEnumerable<PathTouch> OfUplink(Touch.Uplink uplink)
    {
        var (before, after) = (uplink.Before ?? paths.Uplink, uplink.After ?? paths.Uplink);
        if (before == after || paths.Uplink is null) yield break;
        var wrong = after != paths.Uplink;
        if (!wrong && !paths.Serves) yield break;
        var why = wrong ? $"{after} {(paths.Host.Device(after ?? "") is null ? "is no device of this node" : "has no default route")}; {paths.Uplink} has" : $"the uplink becomes {after}";
        if (!paths.Serves) yield return new(paths.UplinkName, false, why);
        foreach (var way in paths.ServingPorts) yield return new(way.Name, wrong && before == paths.Uplink, why);
    }

    static Blast? BlastOf(IReadOnlyList<Step> steps)
    {
        Touch[] touches = [.. steps.SelectMany(s => s.Touches)];
        string[] ports = [.. touches.SelectMany<Touch, string>(t => t switch { Touch.Port port => [port.Name], Touch.Published p => [$"{p.Protocol}/{p.Number}"], _ => [] }).Distinct()];
        string[] containers = [.. touches.OfType<Touch.Container>().Select(c => c.Id).Distinct()];
        string[] ways = [.. steps.SelectMany(s => s.Shown.Paths ?? []).OrderByDescending(p => p.Cut).DistinctBy(p => p.Path).Select(p => $"{p.Path}{(p.Cut ? " (cut)" : "")}")];
        string[] clients = [.. touches.OfType<Touch.Tunnel>().SelectMany(t => t.Clients).Distinct()];
        return ports.Length + containers.Length + ways.Length + clients.Length == 0 ? null : new(Some(ports), Some(containers), Some(ways), Some(clients));
    }

    static string[]? Some(string[] all) => all.Length == 0 ? null : all;
}

/// <summary>Steps with what they do to the ways to the node.</summary>
/// <param name="Overlaps">Faults of addresses that only the host shows.</param>
/// <param name="Later">As <see cref="SystemPlan.Later"/>.</param>
public sealed record GuardedSteps(IReadOnlyList<Step> Steps, Blast? Blast, IReadOnlyList<Problem> Overlaps, IReadOnlyList<Step> Later)
{
    /// <param name="bound">What the plan is of besides its steps.</param>
    public PlanRun Run(IReadOnlyList<Finding> findings, IReadOnlyList<SeenSystem> seen, IReadOnlyList<SystemFault> faults, IEnumerable<string> bound) =>
        new(new(Planner.DigestOf(Steps, bound), [.. Steps.Select(s => s.Shown)], findings) { Blast = Blast }, Steps, seen, faults) { Overlaps = Overlaps, Later = Later };
}
