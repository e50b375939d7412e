using System.Text.Json.Serialization;

namespace MeshMcp.Contracts.State;

public sealed record LxcSection
{
    public IReadOnlyList<Container> Containers { get; set; } = [];
}

/// <summary>An LXC container on the bridge.</summary>
public sealed record Container
{
    public required string Id { get; init; }
    public required string Veth { get; init; }
    public string? Bridge { get; init; }
    public bool Running { get; set; } = true;
    public ContainerProperties Properties { get; set; } = new();
}

public sealed record ContainerProperties
{
    public string? Name { get; init; }
    /// <summary>With its prefix length, <c>10.1.0.200/24</c>.</summary>
    [JsonPropertyName("ipv4_address")] public string? Ipv4Address { get; init; }
    public string? Template { get; init; }
    public IReadOnlyList<ContainerService> Services { get; set; } = [];
}

/// <summary>A port that a program in the container listens on.</summary>
public sealed record ContainerService
{
    public required string Name { get; init; }
    public string Protocol { get; set; } = "tcp";
    public required int Port { get; init; }
}
