using System.Globalization;
using System.Net;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Host.Lxc;
using MeshMcp.HostBridge.Network;
using MeshMcp.HostBridge.OpenVSwitch;

namespace MeshMcp.HostBridge.Systems.Lxc;

/// <summary>Fills in what a request about a container leaves to the node, and refuses what names nothing or what is taken.</summary>
/// <param name="folders">Containers on the host: others' ids and addresses are taken too.</param>
/// <param name="trash">Newest first: nobody gets another's files with an id by accident.</param>
public sealed class LxcChoice(NodeState state, IReadOnlyList<ContainerFolder> folders, IReadOnlyList<TrashedFolder> trash, TemplateFolder templates)
{
    const int FirstId = 100;

    readonly IReadOnlyList<Container> _desired = state.Lxc?.Containers ?? [];

    public Edit Resolve(Edit edit) => edit switch
    {
        CreateContainer create => create with { Container = New(create.Container, create.Restore) },
        UpdateContainer update => Updated(Known(update.Id), update.Change),
        SetContainerRunning set => set with { Id = Known(set.Id).Id },
        DeleteContainer delete => delete with { Id = Known(delete.Id).Id },
        _ => edit,
    };

    Container New(Container asked, bool? restore)
    {
        if (_desired.FirstOrDefault(c => c.Id == asked.Id) is { } there)
            return there == asked || ItemOf(there) == ItemOf(asked)
                ? asked with { After = there.After }
                : throw new MeshException(ErrorKind.Conflict, $"There is a container {there.Id} already{(there.Properties.Name is { } name ? $" ({name})" : "")}.", "container.id", "Leave the id out and the node takes a free one, or delete that container first. To change its settings use update_container.");
        if (restore == true) return Restored(asked);
        var id = asked.Id.Length > 0 ? asked.Id : FreeId();
        if (asked.Properties.Template is not { } template)
            throw new MeshException(ErrorKind.InvalidArgument, "The container names no template.", "container.properties.template", templates.Hint());
        templates.Require(template);
        RequireRoom(asked.Properties.Limits, "container.properties.limits.disk");
        return BesideTrash(asked with
        {
            Id = id,
            Veth = asked.Veth.Length > 0 ? asked.Veth : $"veth{id}",
            Bridge = asked.Bridge ?? BridgeLayout.NameOf(state),
            Properties = asked.Properties with { Ipv4Address = asked.Properties.Ipv4Address ?? FreeAddress(id) },
        }, restore);
    }

    /// <summary>The one that was deleted last, as it was: its settings need not be known to whoever wants it back.</summary>
    Container Restored(Container asked)
    {
        if (asked.Id.Length == 0) throw new MeshException(ErrorKind.InvalidArgument, "Which container is to come back from the trash?", "container.id", "Give its id; list_containers shows what is in the trash.");
        var item = trash.Where(t => t.Id == asked.Id).Select(t => ContainerObservation.Read(t.Item)).FirstOrDefault(c => c is not null)
            ?? throw new MeshException(ErrorKind.NotFound, $"The trash has no container {asked.Id}.", "restore", "list_containers shows what is in it; leave restore out to make a new one.");
        var (own, given) = (item.Properties, asked.Properties);
        var wanted = item with
        {
            Veth = asked.Veth.Length > 0 ? asked.Veth : item.Veth,
            Properties = own with
            {
                Name = given.Name ?? own.Name, Ipv4Address = given.Ipv4Address ?? own.Ipv4Address, Template = given.Template ?? own.Template, Limits = given.Limits ?? own.Limits,
                IdMap = given.IdMap ?? own.IdMap, Privileged = given.Privileged ?? own.Privileged,
                Services = given.Services.Count > 0 ? given.Services : own.Services, Files = given.Files.Count > 0 ? given.Files : own.Files,
                Dns = given.Dns.Count > 0 ? given.Dns : own.Dns, Mounts = given.Mounts.Count > 0 ? given.Mounts : own.Mounts,
            },
        };
        return ContainerRendering.ItemOf(wanted) == ContainerRendering.ItemOf(item) ? item with { Running = asked.Running }
            : throw new MeshException(ErrorKind.InvalidArgument, $"Container {item.Id} comes back as it was, and that was other than it is asked for: template {own.Template}, {own.Ipv4Address}{(own.Name is null ? "" : $", {own.Name}")}.", "restore", "Leave out what it had by itself, and change it afterwards with update_container.");
    }

    /// <summary>Who asks for a container under an id that was used gets the old files only when he says so. A document that has it again says so by that.</summary>
    Container BesideTrash(Container made, bool? restore)
    {
        var item = ItemOf(made);
        if (trash.FirstOrDefault(t => t.Id == made.Id && ContainerObservation.Read(t.Item) is { } there && ItemOf(there) == item) is not { } same) return made;
        return restore is false ? made with { After = same.At }
            : throw new MeshException(ErrorKind.Conflict, $"Container {made.Id} with these settings was deleted at {same.At:u}, and the trash has its files.", "restore", "Say restore: true to have it back with them, or restore: false to start without; they stay in the trash then.");
    }

    static string ItemOf(Container container) => ContainerRendering.ItemOf(container with { After = null });

    static UpdateContainer Updated(Container there, ContainerChange change)
    {
        if (!change.Names().Any())
            throw new MeshException(ErrorKind.InvalidArgument, "The request changes nothing of the container.", "settings", "Give name, address, dns, limits, services or files; what is left out stays.");
        RequireRoom(change.Limits, "settings.limits.disk");
        return new(there.Id, change, there with { Properties = change.In(there.Properties) });
    }

    static void RequireRoom(ContainerLimits? limits, string path)
    {
        if (limits?.Disk is { } disk && ContainerFolders.FaultOf(disk) is { } fault)
            throw new MeshException(ErrorKind.InvalidArgument, fault, path, "Correct it and send the request again; nothing was changed.");
    }

    string FreeId()
    {
        var taken = _desired.Select(c => c.Id).Concat(folders.Select(f => f.Id)).Concat(trash.Select(t => t.Id)).ToHashSet();
        return Enumerable.Range(FirstId, PortNumber.Last - FirstId + 1).Select(n => n.ToString(CultureInfo.InvariantCulture)).First(id => !taken.Contains(id));
    }

    /// <summary>The one whose last part is the id where that is free, else the lowest free one.</summary>
    string FreeAddress(string id)
    {
        if (BridgeLayout.Of(state)?.Address is not { } gateway)
            throw new MeshException(ErrorKind.InvalidArgument, "The bridge has no address yet, so there is no network to take the container's address from.", "container.properties.ipv4_address", "Give the container's address with its prefix length, e.g. 10.0.0.100/24; the bridge gets the first address of that network.");
        var network = Networks.Of(gateway);
        var taken = _desired.Select(c => c.Properties.Ipv4Address?.Split('/')[0]).Concat(folders.Select(f => ContainerConfig.Value(f.Config, "lxc.net.0.ipv4.address")?.Split('/')[0])).Append(Networks.AddressOf(gateway).ToString()).ToHashSet();
        var hosts = (1L << (32 - network.PrefixLength)) - 2;
        long[] preferred = int.TryParse(id, out var number) && number <= hosts ? [number] : [];
        foreach (var host in preferred.Concat(Count(hosts)))
            if (Host(network, host) is var address && !taken.Contains(address)) return $"{address}/{network.PrefixLength}";
        throw new MeshException(ErrorKind.Conflict, $"Every address of {network} is taken.", "container.properties.ipv4_address", "Delete a container, or give the bridge a larger network.");
    }

    /// <summary>What others made has its id on the node too, and that is meant before a name.</summary>
    Container Known(string id) => _desired.All(c => c.Id != id) && folders.Any(f => f.Id == id && !ContainerRendering.IsOurs(f)) ? throw NotOurs(id) : CalledContainer.Of(id, state, "id");

    internal static MeshException NotOurs(string id) => new(ErrorKind.PermissionDenied, $"MeshMcp did not make container {id}; containers of others are shown and never touched.", "id", "If one of ours of that name is meant, give its id.");

    static IEnumerable<long> Count(long to)
    {
        for (long n = 1; n <= to; n++) yield return n;
    }

    static string Host(IPNetwork network, long number)
    {
        var bytes = network.BaseAddress.GetAddressBytes();
        var value = ((uint)bytes[0] << 24 | (uint)bytes[1] << 16 | (uint)bytes[2] << 8 | bytes[3]) + (uint)number;
        return new IPAddress([(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value]).ToString();
    }
}
