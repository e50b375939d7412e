using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Host.Lxc;
using MeshMcp.HostBridge.Network;
using MeshMcp.HostBridge.OpenVSwitch;

namespace MeshMcp.HostBridge.Systems.Lxc;

/// <summary>Every fault of an <c>lxc</c> section that shows without looking at the host.</summary>
public static partial class LxcFaults
{
    /// <summary>A shell as init, and one program.</summary>
    const long LeastMemory = 4L << 20;

    public static IEnumerable<Problem> Of(NodeState state)
    {
        var (bridge, address) = (BridgeLayout.NameOf(state), BridgeLayout.Of(state)?.Address);
        var gateway = ParsesAsNetwork(address) ? address : null;
        var (ids, veths, addresses) = (new HashSet<string>(), new Dictionary<string, string>(), new Dictionary<string, string>());
        var owners = new List<(long First, string Id)>();
        foreach (var c in state.Lxc?.Containers ?? [])
        {
            var path = $"lxc.containers.{c.Id}";
            if (!(int.TryParse(c.Id, out var number) && number is >= 1 and <= PortNumber.Last && number.ToString() == c.Id))
                yield return new($"{path}.id", $"\"{c.Id}\" is no container id: a number from 1 to {PortNumber.Last} is.");
            if (!ids.Add(c.Id)) yield return new($"{path}.id", $"Container {c.Id} is in the list twice.");
            if (!TextKind.Device.Holds(c.Veth)) yield return new($"{path}.veth", $"\"{c.Veth}\" is no device name: 1 to 15 letters, digits, dots, dashes or underscores.");
            else if (c.Veth == bridge) yield return new($"{path}.veth", $"{bridge} is the bridge itself.");
            else if (!veths.TryAdd(c.Veth, c.Id)) yield return new($"{path}.veth", $"{c.Veth} belongs to container {veths[c.Veth]} already.");
            if (ContainerIds.FirstOf(c) is { } first)
            {
                if (owners.FirstOrDefault(o => Math.Abs(o.First - first) < Rendering.Ids) is { Id: { } other }) yield return new($"{path}.properties.id_map", $"The host's ids from {first} on are container {other}'s already: each could do with the other's files what it does with its own.");
                owners.Add((first, c.Id));
            }
            if (c.Bridge is { } own && own != bridge) yield return new($"{path}.bridge", $"The node's one bridge is {bridge}.", Nearest: [bridge]);
            if (c.Properties.Ipv4Address is { } given)
            {
                if (AddressFault(given, gateway) is { } fault) yield return new($"{path}.properties.ipv4_address", fault);
                else if (!addresses.TryAdd(given.Split('/')[0], c.Id)) yield return new($"{path}.properties.ipv4_address", $"{given.Split('/')[0]} belongs to container {addresses[given.Split('/')[0]]} already.");
            }
            foreach (var problem in OfProperties(c.Properties, $"{path}.properties")) yield return problem;
        }
    }

    static IEnumerable<Problem> OfProperties(ContainerProperties p, string path)
    {
        if (p.Name is { } name && !HostName().IsMatch(name)) yield return new($"{path}.name", $"\"{name}\" is no host name: 1 to 63 letters, digits and dashes.");
        if (p.Template is { } template && !TemplateFolder.IsName(template)) yield return new($"{path}.template", $"\"{template}\" is no name of a template: 1 to 63 letters, digits, dots, dashes and underscores.");
        if (p.IdMap is not (null or 0 or >= Rendering.Ids and <= uint.MaxValue - Rendering.Ids)) yield return new($"{path}.id_map", $"{p.IdMap} is no first host id: {Rendering.Ids} to {uint.MaxValue - Rendering.Ids}.");
        else if (p is { Privileged: true, IdMap: > 0 }) yield return new($"{path}.id_map", "A privileged container has the host's own ids, and no map.");
        var names = new HashSet<string>();
        for (var i = 0; i < p.Services.Count; i++)
        {
            var (service, at) = (p.Services[i], $"{path}.services[{i}]");
            if (!ServiceName().IsMatch(service.Name)) yield return new($"{at}.name", $"\"{service.Name}\" is no name of a service: 1 to 63 letters, digits, dashes and underscores.");
            else if (!names.Add(service.Name)) yield return new($"{at}.name", $"There is a service {service.Name} already.");
            if (service.Port is < 1 or > 65535) yield return new($"{at}.port", $"{service.Port} is no port: 1 to 65535 are.");
            if (service.Protocol is not ("tcp" or "udp")) yield return new($"{at}.protocol", $"\"{service.Protocol}\" is neither tcp nor udp.", Nearest: ["tcp", "udp"]);
            if (service.Command.Count > 0 && (service.Command[0].Length == 0 || service.Command.Any(a => a.Contains('\0')))) yield return new($"{at}.command", "A command is a program and its arguments.");
        }
        var files = new HashSet<string>();
        for (var i = 0; i < p.Files.Count; i++)
        {
            var (file, at) = (p.Files[i], $"{path}.files[{i}]");
            if (!IsPlainPath(file.Path) || file.Path == "/") yield return new($"{at}.path", $"\"{file.Path}\" is no absolute path of a file.");
            else if (file.Path.StartsWith("/etc/meshmcp/", StringComparison.Ordinal)) yield return new($"{at}.path", "/etc/meshmcp/ in a container is MeshMcp's own.");
            else if (!files.Add(file.Path)) yield return new($"{at}.path", $"{file.Path} is in the list twice.");
            if (file.Content is null == file.Secret is null) yield return new(at, "A file has either content or secret.");
            if (file.Secret is { } secret && SecretReference.NameIn(secret) is null) yield return new($"{at}.secret", $"\"{secret}\" names no secret: secret:NAME, {SecretReference.Form}.");
            if (file.Mode is { } mode && !Octal().IsMatch(mode)) yield return new($"{at}.mode", $"\"{mode}\" is no mode such as 0644.");
        }
        for (var i = 0; i < p.Dns.Count; i++)
            if (!TextKind.Ipv4.Holds(p.Dns[i])) yield return new($"{path}.dns[{i}]", $"\"{p.Dns[i]}\" is no IPv4 address.");
        if (p.Limits is { Memory.Bytes: <= 0 } or { Cpus: <= 0 } or { Processes: <= 0 } or { Disk.Bytes: <= 0 }) yield return new($"{path}.limits", "A limit is more than 0.");
        for (var i = 0; i < p.Mounts.Count; i++)
            foreach (var (which, place) in new[] { ("source", p.Mounts[i].Source), ("target", p.Mounts[i].Target) })
                if (!IsPlainPath(place) || place.Any(char.IsWhiteSpace) || Path.GetFullPath(place) != place || place == "/" && which == "target") yield return new($"{path}.mounts[{i}].{which}", $"\"{place}\" is no absolute path without spaces.");
    }

    /// <summary>Limits that are newly given and that no container starts with.</summary>
    public static IEnumerable<Problem> TooSmall(NodeState before, NodeState after)
    {
        var had = Sizes(before).ToHashSet();
        return from size in Sizes(after)
               where size.Bytes > 0 && size.Bytes < size.Least && !had.Contains(size)
               select new Problem($"lxc.containers.{size.Id}.properties.limits.{size.Name}", $"{new ByteSize(size.Bytes)} are too little for a container to start with: {new ByteSize(size.Least)} at least. A size may have a unit: \"128M\".");

        static IEnumerable<(string Id, string Name, long Bytes, long Least)> Sizes(NodeState state) =>
            from container in state.Lxc?.Containers ?? []
            let limits = container.Properties.Limits
            from size in new[] { ("memory", limits?.Memory?.Bytes ?? 0, LeastMemory), ("disk", limits?.Disk?.Bytes ?? 0, ContainerLimits.LeastDisk) }
            select (container.Id, size.Item1, size.Item2, size.Item3);
    }

    /// <summary>Disk limits that a container had and that become less, or none: its file system has the size that they said.</summary>
    public static IEnumerable<Problem> Lowered(NodeState before, NodeState after) =>
        from was in before.Lxc?.Containers ?? []
        from container in after.Lxc?.Containers ?? []
        where container.Id == was.Id && container.After == was.After && container.Properties.Template == was.Properties.Template
        let disk = was.Properties.Limits?.Disk
        where disk is not null && !(container.Properties.Limits?.Disk?.Bytes >= disk.Value.Bytes)
        select new Problem($"lxc.containers.{container.Id}.properties.limits.disk", $"The disk limit of container {container.Id} is {disk}; it is raised, and neither lowered nor taken away, as its root file system has that size. Say {disk} or more; for less make another container and move into it what this one holds.");

    /// <summary>Null when it is an address that a container of this bridge can have.</summary>
    public static string? AddressFault(string text, string? gateway)
    {
        if (!ParsesAsNetwork(text)) return $"\"{text}\" is no IPv4 address with a prefix length, such as 10.1.0.200/24.";
        var (address, network) = (Networks.AddressOf(text), Networks.Of(text));
        if (gateway is not null && !network.Equals(Networks.Of(gateway))) return $"{text} is not in the bridge's network {Networks.Of(gateway)}.";
        if (gateway is not null && address.Equals(Networks.AddressOf(gateway))) return $"{address} is the bridge's own address.";
        return address.Equals(network.BaseAddress) || address.Equals(Networks.LastOf(network)) ? $"{address} is the network itself or its broadcast address." : null;
    }

    static bool ParsesAsNetwork(string? text) => text?.Split('/') is [var host, var prefix] && TextKind.Ipv4.Holds(host) && int.TryParse(prefix, out var length) && length is >= 8 and <= 30 && length.ToString() == prefix;

    static bool IsPlainPath(string path) => path.StartsWith('/') && !path.Any(char.IsControl) && !path.Split('/').Contains("..") && (path == "/" || !path.EndsWith('/'));

    [GeneratedRegex(@"\A[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\z")]
    private static partial Regex HostName();

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9_-]{0,62}\z")]
    private static partial Regex ServiceName();

    [GeneratedRegex(@"\A[0-7]{3,4}\z")]
    private static partial Regex Octal();
}
