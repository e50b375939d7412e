using System.Text.Json.Serialization;

namespace MeshMcp.Contracts.State;

public sealed partial record NodeState
{
    [JsonPropertyOrder(8)] public SystemdSection? Systemd { get; init; }
}

public sealed record SystemdSection : IStateSection
{
    public IReadOnlyDictionary<string, UnitState> Units { get; set; } = new Dictionary<string, UnitState>();

    bool IStateSection.IsNamed(string field) => field == "units";
}

public sealed record UnitState
{
    public bool? Enabled { get; init; }
    [JsonPropertyName("active_state")] public string? ActiveState { get; init; }
    public bool? Masked { get; init; }

    /// <summary>In few words, for people.</summary>
    public string Describe() => string.Join(", ", new[]
    {
        ActiveState,
        Enabled is { } enabled ? enabled ? "enabled" : "disabled" : null,
        Masked is { } masked ? masked ? "masked" : "not masked" : null,
    }.OfType<string>().DefaultIfEmpty("nothing"));
}
