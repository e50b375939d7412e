using System.Text.Json;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Flows;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.Host.Lxc;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Systems.Lxc;

/// <summary>Looks at the host's containers, and works out what each desired one comes to on this host.</summary>
public sealed class ContainerObservation(ContainerProcesses processes, TemplateFolder templates, SecretStore secrets, LinkAddresses links, BridgeConfiguration configuration)
{
    static readonly ContainerLimits Usual = new() { Processes = 512 };

    public ObservedLxc Of(NodeState desired)
    {
        var present = Present();
        var trash = ContainerFolders.Trashed();
        var wanted = desired.Lxc?.Containers ?? [];
        var place = new RenderingPlace(BridgeLayout.Of(desired)?.Address, processes.MarkOf, new(CgroupTree.IsUnified, CgroupTree.Controllers),
            wanted.SelectMany(c => c.Properties.Mounts).Select(m => m.Source).Where(File.Exists).ToHashSet(), Confinement.Lines, Usual.With(configuration.Limits));
        var flows = wanted.Count == 0 ? [] : ServingFlows.Of(desired);
        return new(present, trash, [.. wanted.Select(c => TryWanted(c, place, present, trash, item => ServingFlows.MissingFor(item, wanted, flows)))], links.Names());
    }

    public IReadOnlyList<HostContainer> Present()
    {
        var inits = processes.Find();
        return
        [
            .. from folder in ContainerFolders.List()
               let ours = ContainerRendering.IsOurs(folder)
               select new HostContainer(folder.Id, ours, ours ? Read(folder.Item) : null, folder.Config, ours ? inits.FirstOrDefault(i => i.Id == folder.Id) : null) { Identity = ours ? folder.Identity ?? ContainerFolders.Identify(folder.Id) : null, Disk = ours ? folder.Disk : null },
        ];
    }

    /// <summary>What is odd about one container is no reason not to look after the others.</summary>
    WantedContainer TryWanted(Container item, RenderingPlace place, IReadOnlyList<HostContainer> present, IReadOnlyList<TrashedFolder> trash, Func<Container, IReadOnlyList<string>> missingFlows)
    {
        try
        {
            return Wanted(item, place, present, trash, missingFlows);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or MeshException)
        {
            return new(item, null, null, [], new(ErrorKind.Conflict, $"Container {item.Id} cannot be looked at: {e.Message}", $"container {item.Id}", $"Look at its files under {ContainerFolders.RootfsOf(item.Id)}; what its own root put there may be in the way.", e));
        }
    }

    WantedContainer Wanted(Container item, RenderingPlace place, IReadOnlyList<HostContainer> present, IReadOnlyList<TrashedFolder> trash, Func<Container, IReadOnlyList<string>> missingFlows)
    {
        var path = $"lxc.containers.{item.Id}";
        var waits = new List<string>();
        if (!LxcPrograms.Installed) waits.Add("This node has no lxc-start. On Debian: apt-get install lxc");
        var contents = new Dictionary<string, string>();
        foreach (var reference in item.Properties.Files.Select(f => f.Secret).OfType<string>().Distinct())
            if (secrets.Find(reference, SecretKind.File) is { } content) contents[reference] = content;
            else waits.Add(secrets.Lack(reference, SecretKind.File));
        waits.AddRange(item.Properties.Mounts.Select(m => MountFault(m.Source)).OfType<string>());
        var template = item.Properties.Template;
        var source = templates.Find(template);
        var there = present.FirstOrDefault(p => p.Id == item.Id && p.Item?.Properties.Template == template);
        if (there is null && source is null && !trash.Any(t => t.Id == item.Id && t.Item == ContainerRendering.ItemOf(item)))
            waits.Add(template is null ? $"It names no template. {templates.Hint()}" : $"This node has no template {template}. {templates.Hint()}");
        // An image shows what is in it when it is mounted, which starting the container does.
        else if (there is not null ? there.Disk is null && !RootedFiles.Exists(ContainerFolders.RootfsOf(item.Id), ContainerFolders.Shell) : source is { IsTarball: false } && !RootedFiles.Exists(source.Path, ContainerFolders.Shell))
            waits.Add($"Its root file system has no /{ContainerFolders.Shell}, which the container's init needs.");
        var disk = place.Limits.With(item.Properties.Limits).Disk;
        if (there is null ? disk is not null : there.Disk is not null)
            waits.AddRange(RootfsImage.Programs.Where(p => !ProgramPath.IsThere(p)).Select(p => $"It has a disk limit, and this node has no {p}. {ProgramPath.InstallHint(p)}"));
        if (disk is { } limit && (there is null || limit.Bytes > there.Disk?.FileSystem) && ContainerFolders.FaultOf(limit) is { } fault) waits.Add(fault);
        Finding[] findings =
        [
            .. waits.Count > 0 || missingFlows(item) is not { Count: > 0 } missing ? [] : new[]
            {
                new Finding("warning", path, $"No flow of the desired state carries all of this container's traffic. Ready edits: {string.Join(' ', missing.Select(f => $"add_flow \"{f}\""))}"),
            },
            .. waits.Select(w => new Finding("waiting", path, w)),
            .. there?.Disk is { Image: var image } && item.Properties.Limits?.Disk is { } own && image > own.Bytes
                ? new[] { new Finding("warning", $"{path}.properties.limits.disk", $"Its image has {new ByteSize(image)} and stays so: it was made larger before, and no file system is made smaller here.") } : [],
            .. place.Cgroups.MissingFor(item.Properties.Limits).Select(c => new Finding("warning", $"{path}.properties.limits", $"This node has no control group for {c}, so that limit is not kept.")),
        ];
        return new(item, waits.Count > 0 ? null : ContainerRendering.Of(item, place, contents), source, findings);
    }

    static string? MountFault(string source)
    {
        try
        {
            HeldPath.Open(source).Dispose();
            return null;
        }
        catch (IOException e)
        {
            return $"It mounts what it cannot: {e.Message}";
        }
    }

    /// <summary>Null for what is no item.</summary>
    public static Container? Read(string? item)
    {
        try
        {
            return item is null ? null : JsonSerializer.Deserialize(item, MeshJson.Default.Container);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
