using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Host.Lxc;

namespace MeshMcp.HostBridge.Systems.Lxc;

/// <summary>The section <c>lxc</c>: containers, by LXC. Ours carry our mark and their item beside their configuration; others are shown and never touched.</summary>
public sealed class LxcSystem(ContainerObservation host, LxcPrograms lxc, TemplateFolder templates, MountPolicy mounts) : HostSystem<LxcSection, ObservedLxc>
{
    public override string Name => "lxc";

    /// <summary>A container that starts has a new device.</summary>
    public override IReadOnlyList<string> Carries => ["bridge", "xray"];

    /// <summary>Containers stop and keep their files.</summary>
    public override NodeState? Released(NodeState desired) =>
        desired.Lxc is { } lxc ? desired with { Lxc = lxc with { Containers = [.. lxc.Containers.Select(c => c with { Running = false })] } } : null;

    public override Task<ObservedLxc> ObserveAsync(NodeState desired, CancellationToken ct) => Task.FromResult(host.Of(desired));

    public override LxcSection? Ours(ObservedLxc observed) => new()
    {
        Containers = [.. observed.Present.Where(p => p is { Ours: true, Item: not null }).Select(p => p.Item! with { Running = p.Running })],
    };

    public override IEnumerable<Problem> Validate(NodeState desired) =>
        LxcFaults.Of(desired).Concat(from mount in MountsOf(desired) let refusal = mounts.Refusal(mount.Mount.Source) where refusal is not null select new Problem(mount.Path, refusal));

    public override IEnumerable<Problem> NewFaults(NodeState before, NodeState after) => CalledContainer.NewFaults(before, after).Concat(LxcFaults.TooSmall(before, after)).Concat(LxcFaults.Lowered(before, after));

    public override IEnumerable<(string Path, string? Reference, SecretKind Kind)> Secrets(NodeState state) =>
        from container in state.Lxc?.Containers ?? []
        from file in container.Properties.Files.Select((f, i) => (f.Secret, Path: $"lxc.containers.{container.Id}.properties.files[{i}].secret"))
        where file.Secret is not null
        select (file.Path, file.Secret, SecretKind.File);

    /// <summary>Mounts that the node's configuration does not list, and what is done to <see cref="RootsContainers"/>.</summary>
    public override IEnumerable<Problem> RootsOf(NodeState before, NodeState after)
    {
        var were = (before.Lxc?.Containers ?? []).ToLookup(c => c.Id);
        return
        [
            .. from mount in MountsOf(after)
               where !mounts.Lists(mount.Mount.Source) && !were[mount.Container.Id].Any(c => c.Properties.Mounts.Contains(mount.Mount))
               select new Problem(mount.Path, $"{mount.Mount.Source} is not among what may be mounted in containers of this node ({(mounts.Listed.Count == 0 ? "nothing is listed" : string.Join(", ", mounts.Listed))}): root lists it under mounts in hostbridge.json, or applies it."),
            .. RootsContainers.Of(before, after),
        ];
    }

    static IEnumerable<(Container Container, ContainerMount Mount, string Path)> MountsOf(NodeState state) =>
        from container in state.Lxc?.Containers ?? []
        from mount in container.Properties.Mounts.Select((m, i) => (Mount: m, Path: $"lxc.containers.{container.Id}.properties.mounts[{i}].source"))
        select (container, mount.Mount, mount.Path);

    public override Edit Resolve(Edit edit, NodeState state) => new LxcChoice(state, ContainerFolders.List(), ContainerFolders.Trashed(), templates).Resolve(edit);

    public override IReadOnlyList<Finding> Findings(LxcSection? desired, ObservedLxc observed) => [.. observed.Wanted.SelectMany(w => w.Findings)];

    public override IReadOnlyList<Step> Plan(LxcSection? desired, ObservedLxc observed) =>
    [
        .. from there in observed.Present
           where there.Ours && desired?.Containers.Any(c => c.Id == there.Id) != true
           select Step(there.Id, $"delete container {there.Id}; its files go to the trash", new(there.Id, there.Running, Ends: true), ct => lxc.DeleteAsync(there.Id, there.Veth, ct), teardown: true, binds: there.Identity),
        .. observed.Wanted.Select(w => w.Fault is { } fault ? Engine.Step.Blocked(Name, ItemOf(w.Item.Id), fault) : null).OfType<Step>(),
        // To stop one needs none of what it waits for.
        .. from w in observed.Wanted
           where w.Rendering is null && !w.Item.Running
           from there in observed.Present
           where there.Ours && there.Running && there.Id == w.Item.Id
           select Stop(there),
        .. observed.Wanted.Where(w => w.Rendering is not null).SelectMany(w => StepsTo(w.Item, w.Rendering!, w.Source, observed)),
    ];

    protected override LxcSection? Section(NodeState state) => state.Lxc;

    protected override NodeState With(NodeState state, LxcSection? section) => state with { Lxc = section };

    /// <summary>Settings of a container name the bridge's address as its gateway.</summary>
    protected override string Asked(NodeState state) => state.Lxc is null ? "" : $"{base.Asked(state)} {BridgeLayout.Of(state)?.Address}";

    IEnumerable<Step> StepsTo(Container item, Rendering wanted, RootfsSource? source, ObservedLxc observed)
    {
        if (Taken(item, observed) is { } taken)
        {
            yield return Engine.Step.Blocked(Name, ItemOf(item.Id), taken);
            yield break;
        }
        var (id, there) = (item.Id, observed.Find(item.Id));
        var ends = new Touch.Container(id, there?.Running == true, Ends: true);
        var template = item.Properties.Template;
        if (there is { Item: { } before } && before.Properties.Template != template)
        {
            var (veth, identity) = (there.Veth, there.Identity);
            yield return Step(id, $"delete container {id} to make it from another template; its files go to the trash", ends, ct => lxc.DeleteAsync(id, veth, ct), teardown: true, binds: identity);
            there = null;
        }
        if (there is null)
        {
            yield return observed.TrashedAs(wanted) is { } trashed
                ? Step(id, $"take container {id} back from the trash", new(id, false, false), _ => Now(() => ContainerFolders.Restore(trashed)), binds: trashed.Folder)
                : Step(id, $"create container {id} from template {template}", new(id, false, false), ct => lxc.CreateAsync(wanted, source!, ct), binds: wanted.Revision);
            if (item.Running) yield return Start($"start container {id}", Effect.Reversible);
            yield break;
        }
        if (DiskFault(item, there) is { } fault)
        {
            yield return Engine.Step.Blocked(Name, ItemOf(id), fault);
            yield break;
        }
        if (!item.Running && there.Running)
            yield return Stop(there);
        if (there.Disk is { } disk && wanted.Disk > disk.FileSystem)
            yield return Step(id, $"make the root file system of container {id} larger, {new ByteSize(wanted.Disk.Value)}", new(id, there.Running, Ends: false), ct => lxc.GrowAsync(wanted, ct), binds: wanted.Revision);
        if (!item.Running || there.Init is { Monitor: not null } init && init.Revision == wanted.Revision)
        {
            if (there.Config != wanted.Config || there.Item is null || ContainerRendering.ItemOf(there.Item) != wanted.Item)
                yield return Step(id, $"write the configuration of container {id}", new(id, there.Running, Ends: false), _ => Now(() => ContainerFolders.Write(wanted)), binds: wanted.Revision);
            yield break;
        }
        yield return there.Init switch
        {
            null => Start($"start container {id}", Effect.Reversible),
            { Monitor: null } => Start($"start container {id} anew: its monitor is gone", Effect.Disruptive),
            _ => Start($"restart container {id} with its new settings", Effect.Disruptive),
        };

        Step Start(string summary, Effect effect) => Step(id, summary, ends with { Runs = there is { Running: true } }, ct => lxc.StartAsync(wanted, ct), effect, binds: wanted.Revision);
    }

    Step Stop(HostContainer there) =>
        Step(there.Id, $"stop container {there.Id}", new(there.Id, there.Running, Ends: true), ct => lxc.StopAsync(there.Id, there.Veth, ct), effect: Effect.Disruptive, teardown: true);

    /// <summary>Who has what the container needs; null when nobody does.</summary>
    static MeshException? Taken(Container item, ObservedLxc observed)
    {
        foreach (var other in observed.Present.Where(p => !p.Ours))
        {
            var taken = other.Id == item.Id ? $"The id {item.Id}"
                : other.Veth == item.Veth ? $"The device {item.Veth}"
                : other.Address is { } address && address == item.Properties.Ipv4Address?.Split('/')[0] ? $"The address {address}"
                : null;
            if (taken is not null)
                return new(ErrorKind.Conflict, $"{taken} belongs to container {other.Id}, which MeshMcp did not make.", $"lxc.containers.{item.Id}", "Use another one, or remove that container where it was made.");
        }
        if (observed.Find(item.Id) is null && observed.Devices.Contains(item.Veth))
            return new(ErrorKind.Conflict, $"This node has a network device {item.Veth} already, which belongs to no container of ours.", $"lxc.containers.{item.Id}", "Use another name for veth, or remove the device where it was made.");
        return null;
    }

    /// <summary>What a container that is there cannot be given. Where it was given before (it is undone, it was cut off), that it stays larger is a finding.</summary>
    static MeshException? DiskFault(Container item, HostContainer there)
    {
        if (item.Properties.Limits?.Disk is not { } asked) return null;
        var path = $"lxc.containers.{item.Id}.properties.limits.disk";
        return there.Disk is not { } has
            ? new(ErrorKind.Conflict, $"Container {item.Id} was made without a disk limit, with its root file system in a folder, and gets none now.", path, "Make another container with the limit and move into it what this one holds; or leave the limit out.")
            : there.Item?.Properties.Limits?.Disk is null && asked.Bytes < has.FileSystem
            ? new(ErrorKind.Conflict, $"Container {item.Id} has a root file system of {new ByteSize(has.FileSystem)}, which is not made smaller.", path, $"Give {new ByteSize(has.FileSystem)} or more, or leave the limit out; for less make another container.")
            : null;
    }

    static string ItemOf(string id) => $"lxc.containers[{id}]";

    static Task Now(Action action)
    {
        action();
        return Task.CompletedTask;
    }

    Step Step(string id, string summary, Touch.Container touch, Func<CancellationToken, Task> run, Effect effect = Effect.Reversible, bool teardown = false, string? binds = null) =>
        new(new(Name, $"container {id}", summary, effect), run, teardown) { Touches = [touch], Item = ItemOf(id), Binds = binds };
}
