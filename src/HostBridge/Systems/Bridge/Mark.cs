namespace MeshMcp.HostBridge.Systems.Bridge;

/// <summary>The external id that says a bridge or port is ours.</summary>
public static class Mark
{
    public const string Key = "meshmcp";
    public const string Value = "ours";

    public static readonly IReadOnlyDictionary<string, string> Ids = new Dictionary<string, string> { [Key] = Value };

    public static bool IsOn(IReadOnlyDictionary<string, string> externalIds) => externalIds.ContainsKey(Key);
}
