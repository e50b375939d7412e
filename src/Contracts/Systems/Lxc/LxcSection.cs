using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace MeshMcp.Contracts.State;

public sealed partial record NodeState
{
    [JsonPropertyOrder(5)] public LxcSection? Lxc { get; init; }
}

public sealed record LxcSection : IStateSection
{
    public IReadOnlyList<Container> Containers { get; set; } = [];

    string? IStateSection.NameOf(string list, JsonNode member) => list == "containers" ? (string?)member["id"] : null;
}

/// <summary>An LXC container on the bridge.</summary>
public sealed record Container
{
    /// <summary>A number from 1 to 59999: the LXC name, and the OpenFlow port number of <see cref="Veth"/>.</summary>
    public required string Id { get; init; }
    /// <summary>Device on the host's end, at most 15 characters.</summary>
    public required string Veth { get; init; }
    public string? Bridge { get; init; }
    public bool Running { get; set; } = true;
    /// <summary>When another of the same id and settings was deleted, whose files this one has not: it was made after that, from its template.</summary>
    public DateTimeOffset? After { get; init; }
    public ContainerProperties Properties { get; set; } = new();
}

public sealed record ContainerProperties
{
    public string? Name { get; init; }
    /// <summary>With its prefix length, <c>10.1.0.200/24</c>.</summary>
    [JsonPropertyName("ipv4_address")] public string? Ipv4Address { get; init; }
    /// <summary>A root file system by its name in the node's cache.</summary>
    public string? Template { get; init; }
    public IReadOnlyList<ContainerService> Services { get; set; } = [];
    /// <summary>Files written before each start; their place in the rootfs by absolute path.</summary>
    public IReadOnlyList<ContainerFile> Files { get; set; } = [];
    /// <summary>Name servers, IPv4.</summary>
    public IReadOnlyList<string> Dns { get; set; } = [];
    public ContainerLimits? Limits { get; init; }
    public IReadOnlyList<ContainerMount> Mounts { get; set; } = [];
    /// <summary>First host id of the 65536 that the container's own ids are mapped to; null: ones of its own, which follow from its id.</summary>
    [JsonPropertyName("id_map")] public long? IdMap { get; init; }
    /// <summary>Its root is the host's. Only root on the node can say so.</summary>
    public bool? Privileged { get; init; }
}

/// <summary>A port that a program in the container listens on, and, with a command, the program itself.</summary>
public sealed record ContainerService
{
    public required string Name { get; init; }
    public string Protocol { get; set; } = "tcp";
    public required int Port { get; init; }
    /// <summary>Program and arguments, kept running by the container's init; none: something else in the container listens.</summary>
    public IReadOnlyList<string> Command { get; set; } = [];
}

/// <summary>Either <see cref="Content"/> or <see cref="Secret"/>.</summary>
public sealed record ContainerFile
{
    public required string Path { get; init; }
    public string? Content { get; init; }
    /// <summary><c>secret:NAME</c>; the file waits for the secret.</summary>
    public string? Secret { get; init; }
    /// <summary>Octal, <c>0644</c>.</summary>
    public string? Mode { get; init; }
}

public sealed record ContainerLimits
{
    /// <summary>Bytes, or with a unit: <c>"128M"</c>.</summary>
    public ByteSize? Memory { get; init; }
    /// <summary>Processors, <c>0.5</c>.</summary>
    public double? Cpus { get; init; }
    public int? Processes { get; init; }
    /// <summary>Of the root file system, which lies in an image of that size then; given when the container is made, only raised afterwards. As <see cref="Memory"/>, at least <see cref="LeastDisk"/>.</summary>
    public ByteSize? Disk { get; init; }

    /// <summary>Of <see cref="Disk"/>: a smaller file system has hardly any room beside its journal.</summary>
    public const long LeastDisk = 16L << 20;

    /// <summary>These, and what <paramref name="own"/> says instead.</summary>
    public ContainerLimits With(ContainerLimits? own) =>
        own is null ? this : new() { Memory = own.Memory ?? Memory, Cpus = own.Cpus ?? Cpus, Processes = own.Processes ?? Processes, Disk = own.Disk ?? Disk };
}

/// <summary>A folder or file of the host inside the container.</summary>
public sealed record ContainerMount
{
    public required string Source { get; init; }
    public required string Target { get; init; }
    [JsonPropertyName("read_only")] public bool ReadOnly { get; set; } = true;
}
