using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.Host.Lxc;

namespace MeshMcp.HostBridge.Systems.Lxc;

/// <summary>The containers as they are: ours, others', and those that are desired but wait.</summary>
public sealed class ContainerViews(ContainerObservation host, ContainerProcesses processes, LinkAddresses links, NodeEngine engine)
{
    const int BytesOfLog = 8 * 1024;

    /// <param name="lines">Last lines of each service's log.</param>
    public ContainerList List(int lines)
    {
        var seen = host.Of(engine.Desired);
        var monitored = ContainerProcesses.Monitored();
        var traffic = links.Traffic();
        return new(
            [
                .. seen.Present.Select(p => Row(p, monitored, traffic, lines, Waiting(seen, p.Id))),
                .. seen.Wanted.Where(w => seen.Find(w.Item.Id) is null).Select(w => Row(w.Item, false) with { Waiting = Waiting(seen, w.Item.Id) }),
            ],
            ContainerTrash.List());
    }

    /// <summary>One of ours, by id or name.</summary>
    /// <exception cref="MeshException">NotFound, naming those there are; PermissionDenied for another's.</exception>
    public HostContainer Ours(string id) => Ours(id, host.Present());

    /// <inheritdoc cref="Ours(string)"/>
    /// <param name="present">Of us and of others: an id is meant before any name, whosever it is.</param>
    public static HostContainer Ours(string id, IReadOnlyList<HostContainer> present)
    {
        var called = CalledContainer.Find(id, present, p => p.Id, NameOf, "id") ?? CalledContainer.Of(id, [.. present.Where(p => p.Ours)], p => p.Id, NameOf, "id");
        return called.Ours ? called : throw LxcChoice.NotOurs(id);

        static string? NameOf(HostContainer container) => container.Item?.Properties.Name;
    }

    /// <summary>What a container of the desired state is started with.</summary>
    /// <exception cref="MeshException">Conflict while it waits, with what is missing.</exception>
    public Rendering RenderingOf(string id)
    {
        var wanted = host.Of(engine.Desired).Wanted.FirstOrDefault(w => w.Item.Id == id)
            ?? throw new MeshException(ErrorKind.NotFound, $"There is no container {id} in the node's state.", "id");
        return wanted.Rendering ?? throw new MeshException(ErrorKind.Conflict, $"Container {id} waits: {wanted.Findings.First(f => f.Kind == "waiting").Message}", "id");
    }

    ContainerStatus Row(HostContainer there, IReadOnlySet<string> monitored, IReadOnlyDictionary<string, (long In, long Out)> traffic, int lines, IReadOnlyList<string>? waiting)
    {
        var row = there.Item is { } item ? Row(item, there.Running) : new(there.Id, there.Ours, there.Ours ? there.Running : monitored.Contains(there.Id))
        {
            Address = ContainerConfig.Value(there.Config, "lxc.net.0.ipv4.address"),
            Veth = there.Veth,
            Name = ContainerConfig.Value(there.Config, "lxc.uts.name"),
        };
        // What the host's end received, the container sent.
        if (there.Veth is { } veth && traffic.TryGetValue(veth, out var bytes)) row = row with { Sent = bytes.In, Received = bytes.Out };
        return row with { Identity = there.Identity, Waiting = waiting, Log = lines > 0 && there.Item is { } ours ? [.. ours.Properties.Services.SelectMany(s => LogOf(there, s.Name, lines))] : [] };
    }

    static ContainerStatus Row(Container item, bool running) => new(item.Id, true, running)
    {
        Name = item.Properties.Name,
        Template = item.Properties.Template,
        Address = item.Properties.Ipv4Address,
        Veth = item.Veth,
        Services = [.. item.Properties.Services.Select(s => $"{s.Name} {s.Protocol}/{s.Port}")],
    };

    IEnumerable<string> LogOf(HostContainer there, string service, int lines) =>
        (TailOf(there, InitScript.LogOf(service)) ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(lines).Select(l => $"{service}: {l}");

    /// <summary>An image is mounted in its container alone, so one that is stopped shows nothing.</summary>
    string? TailOf(HostContainer there, string file)
    {
        if (there.Disk is null) return RootedFiles.Tail(ContainerFolders.RootfsOf(there.Id), file, BytesOfLog);
        var tail = there.Init is { } init ? RootedFiles.Tail($"/proc/{init.Pid}/root", file, BytesOfLog) : null;
        // Read by its number, which is another's once it has ended.
        return tail is not null && processes.IsStill(there.Init!) ? tail : null;
    }

    static IReadOnlyList<string>? Waiting(ObservedLxc seen, string id) =>
        seen.Wanted.FirstOrDefault(w => w.Item.Id == id) is { Rendering: null } waiting ? [.. waiting.Findings.Where(f => f.Kind == "waiting").Select(f => f.Message)] : null;
}
