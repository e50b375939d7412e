using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Host.Lxc;

namespace MeshMcp.HostBridge.Systems.Lxc;

/// <summary>What the plan must know of the host's containers, and what the desired ones come to here.</summary>
/// <param name="Devices">Network devices of the host.</param>
public sealed record ObservedLxc(IReadOnlyList<HostContainer> Present, IReadOnlyList<TrashedFolder> Trash, IReadOnlyList<WantedContainer> Wanted, IReadOnlySet<string> Devices)
{
    public HostContainer? Find(string id) => Present.FirstOrDefault(p => p.Id == id);

    /// <summary>The newest in the trash that was the same.</summary>
    public TrashedFolder? TrashedAs(Rendering rendering) => Trash.FirstOrDefault(t => t.Id == rendering.Id && t.Item == rendering.Item);
}

/// <summary>A container that is on the host.</summary>
/// <param name="Ours">It carries our mark.</param>
/// <param name="Item">As it was applied; null when it is another's, or ours and damaged.</param>
/// <param name="Init">Its running init; only known of ours.</param>
public sealed record HostContainer(string Id, bool Ours, Container? Item, string Config, ContainerInit? Init)
{
    /// <summary>Of this very container; null where it has none.</summary>
    public string? Identity { get; init; }

    /// <summary>Of its root file system; null where that is in no image.</summary>
    public DiskSize? Disk { get; init; }

    public bool Running => Init is not null;

    public string? Veth => ContainerConfig.Value(Config, "lxc.net.0.veth.pair");

    public string? Address => ContainerConfig.Value(Config, "lxc.net.0.ipv4.address")?.Split('/')[0];
}

/// <summary>A desired container.</summary>
/// <param name="Rendering">Null while it waits.</param>
/// <param name="Source">What it would be made from; null when there is no such template.</param>
/// <param name="Findings">What it waits for, and what cannot be kept here.</param>
/// <param name="Fault">Why it cannot be looked at or worked out: something in it that its own root made, or a file that cannot be read.</param>
public sealed record WantedContainer(Container Item, Rendering? Rendering, RootfsSource? Source, IReadOnlyList<Finding> Findings, MeshException? Fault = null);

static class ContainerConfig
{
    public static string? Value(string config, string key) => config.Split('\n')
        .Select(l => l.Split('=', 2)).Where(p => p.Length == 2 && p[0].Trim() == key).Select(p => p[1].Trim()).LastOrDefault();
}
