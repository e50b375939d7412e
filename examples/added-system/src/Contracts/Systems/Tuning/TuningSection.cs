using System.Text.Json.Serialization;

namespace MeshMcp.Contracts.State;

public sealed partial record NodeState
{
    [JsonPropertyOrder(10)] public TuningSection? Tuning { get; init; }
}

/// <summary>Settings of the kernel's network, by name.</summary>
public sealed record TuningSection : IStateSection
{
    /// <summary>For example <c>net.ipv4.tcp_keepalive_time</c>: <c>600</c>.</summary>
    public IReadOnlyDictionary<string, string> Values { get; set; } = new Dictionary<string, string>();
}
