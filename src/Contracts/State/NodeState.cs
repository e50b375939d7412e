namespace MeshMcp.Contracts.State;

/// <summary>
/// A node's state: a set of sections, each owned by one system, which declares it in its folder. Desired and observed state share this type.
/// An absent section is unmanaged; an empty list inside a section means "none".
/// </summary>
/// <remarks>Where a property has a default it has a setter too: the generated JSON reader writes every init property, also with null when the field is absent.</remarks>
public sealed partial record NodeState
{
    public const int CurrentVersion = 1;

    public int Version { get; set; } = CurrentVersion;
    /// <summary>Drift mode by section; <c>enforce</c> where none is given.</summary>
    public IReadOnlyDictionary<string, DriftMode>? Modes { get; init; }

    /// <summary>Names of all sections of the format.</summary>
    public static IReadOnlyList<string> Sections { get; } =
        [.. Json.MeshJson.Default.NodeState.Properties.Where(p => p.PropertyType.IsAssignableTo(typeof(IStateSection))).Select(p => p.Name)];

    public DriftMode ModeOf(string section) => Modes?.GetValueOrDefault(section) ?? DriftMode.Enforce;
}
