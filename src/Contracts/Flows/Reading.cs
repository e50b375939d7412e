namespace MeshMcp.Contracts.Flows;

/// <summary>What a text turned out to be: a value in its normal form (empty when its mask matches anything), or a fault.</summary>
readonly record struct Reading(string? Value, string? Fault)
{
    public static Reading Any => Of("");

    public static Reading Of(string value) => new(value, null);

    public static Reading Bad(string fault) => new(null, fault);
}
