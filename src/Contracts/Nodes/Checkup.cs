namespace MeshMcp.Contracts.Nodes;

/// <summary>Answer of <c>GET /v1/checkup</c>: a node looked at from the kernel to the mesh, in that order. A later trouble often follows from an earlier one.</summary>
public sealed record Checkup(string Node, IReadOnlyList<Check> Checks)
{
    [System.Text.Json.Serialization.JsonIgnore]
    public Health Health => Checks.Count == 0 ? Health.Fine : Checks.Max(c => c.Health);
}

/// <param name="Layer">One of <see cref="Layers"/>.</param>
/// <param name="Says">What was seen.</param>
/// <param name="Next">What to do, unless it is fine.</param>
public sealed record Check(string Layer, string What, Health Health, string Says, string? Next = null)
{
    /// <summary>From what everything stands on upwards.</summary>
    public static readonly string[] Layers = ["kernel", "programs", "agent", "switch", "state", "relay", "tunnels", "mesh"];
}

/// <summary>In rising order.</summary>
public enum Health { Fine, Warning, Broken }
