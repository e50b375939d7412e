using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace MeshMcp.Contracts.State;

public sealed partial record NodeState
{
    [JsonPropertyOrder(6)] public UplinkSection? Uplink { get; init; }
}

/// <summary>The node's own way to the internet and what of the containers is reached over it. The uplink is never a port of the bridge.</summary>
public sealed record UplinkSection : IStateSection
{
    /// <summary>Device; the one of the default route unless given.</summary>
    public string? Interface { get; init; }
    public IReadOnlyList<PublishedPort> Publish { get; set; } = [];
    /// <summary>Containers that may reach the internet by the uplink, with the node's address: by id, or by their own address; absent: all.</summary>
    public IReadOnlyList<string>? Masquerade { get; init; }

    string? IStateSection.NameOf(string list, JsonNode member) => list == "publish" ? $"{member["protocol"]}/{member["port"]}" : null;
}

/// <summary>A port of the uplink's address that a container serves.</summary>
public sealed record PublishedPort
{
    /// <summary><c>tcp</c> or <c>udp</c>.</summary>
    public string Protocol { get; set; } = "tcp";
    public required int Port { get; init; }
    /// <summary>Id of the container.</summary>
    public required string Container { get; init; }
    /// <summary>Address that serves it; the container's own unless given.</summary>
    public string? Address { get; init; }
    /// <summary>Port in the container; the same unless given.</summary>
    [JsonPropertyName("container_port")] public int? ContainerPort { get; init; }
    /// <summary>Networks that may connect; everybody when empty.</summary>
    public IReadOnlyList<string> Sources { get; set; } = [];
}
