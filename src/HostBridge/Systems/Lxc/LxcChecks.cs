using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Checkups;

namespace MeshMcp.HostBridge.Systems.Lxc;

/// <summary>What unprivileged containers need of the kernel.</summary>
sealed class LxcChecks : INodeChecks
{
    public string Layer => KernelChecks.Layer;

    /// <summary>The first with mounts that map ids.</summary>
    static readonly Version Mapping = new(5, 12);

    public Task<IReadOnlyList<Check>> LookAsync(NodeState desired, CancellationToken ct) => Task.FromResult<IReadOnlyList<Check>>(
        desired.Lxc?.Containers.Any(c => !ContainerIds.IsPrivileged(c)) == true && KernelChecks.Release is var release && VersionOf(release) is { } version && version < Mapping
            ? [new(Layer, "mapped ids", Health.Broken, $"Linux {release} cannot map the ids of mounts, so unprivileged containers do not start.", $"Boot a kernel from {Mapping} on, or say \"privileged\": true in the containers of the state: their root is the host's root then.")]
            : []);

    static Version? VersionOf(string release) => Version.TryParse(string.Join('.', release.Split('.', '-').Take(2)), out var version) ? version : null;
}
