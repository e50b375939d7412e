using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Nodes;

namespace MeshMcp.HostBridge.Checkups;

/// <summary>Whether the node is as its state says, and what is worth knowing.</summary>
static class StateChecks
{
    const string Layer = "state";

    public static IEnumerable<Check> Of(NodeStatus status)
    {
        foreach (var system in status.Systems.Where(s => s.Section))
            yield return system switch
            {
                { Available: false } => new(system.Name is "bridge" or "openflow" ? "switch" : Layer, system.Name, Health.Broken, $"{system.Problem}", "Start that daemon, or restart it where it hangs; the host bridge puts everything back by itself then."),
                { State: SystemState.Waits } => new(Layer, system.Name, Health.Warning, $"waits: {string.Join("; ", system.Waits!)}", "It is done by itself once that is there."),
                { InSync: false } => new(Layer, system.Name, Health.Warning, $"differs from the state: {system.Problem}", $"It is put back by itself within seconds. If it stays so, look at: meshctl events{(status.LastHealing is { } healing ? $". Healing last said: {healing}" : "")}"),
                { InSync: true } => new(Layer, system.Name, Health.Fine, "as the state says"),
                _ => new(Layer, system.Name, Health.Broken, $"{system.Problem}", "Correct the state, or what is in its way, as said there."),
            };
        if (status.Generation is null) yield return new(Layer, "state", Health.Warning, "This node has no state yet.", "Give it one: meshctl apply FILE, for example from examples/.");
        if (status.Pending is { } pending)
            yield return new(Layer, $"generation {pending.Number}", Health.Warning, "A change waits for its confirmation and is undone without.", "meshctl confirm keeps it, meshctl rollback undoes it now.");
        foreach (var finding in status.Findings.Where(f => f.Kind != "unmanaged" && status.Systems.All(s => s.Waits?.Contains($"{f.Path}: {f.Message}") != true)))
            yield return new(IsOfCertificates(finding) ? "relay" : Layer, finding.Path, Health.Warning, finding.Message);
    }

    static bool IsOfCertificates(Finding finding) => finding.Path is "identity" or "servers" || finding.Path.StartsWith("authority", StringComparison.Ordinal);
}
