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

    /// <summary>Without the sections that nobody looks after; what else the state says may stand on them all the same.</summary>
    public NodeState Managed() => Modes?.Values.Contains(DriftMode.Unmanaged) == true ? StateSections.Managed(this) : this;

    /// <summary>With these sections looked after.</summary>
    public NodeState Managing(IReadOnlyCollection<string> sections) => Lifting(sections.Contains);

    /// <summary>With all of them looked after.</summary>
    public NodeState ManagingAll() => Lifting(_ => true);

    NodeState Lifting(Func<string, bool> section)
    {
        bool IsLifted(KeyValuePair<string, DriftMode> mode) => mode.Value == DriftMode.Unmanaged && section(mode.Key);
        if (Modes?.Any(IsLifted) != true) return this;
        var modes = Modes.Where(m => !IsLifted(m)).ToDictionary();
        return this with { Modes = modes.Count == 0 ? null : modes };
    }
}
