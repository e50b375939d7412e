namespace MeshMcp.HostBridge.OpenVSwitch;

/// <summary>The external id that says a bridge or port is ours.</summary>
public static class Mark
{
    public const string Key = "meshmcp";
    public const string Value = "ours";

    public static readonly IReadOnlyDictionary<string, string> Ids = new Dictionary<string, string> { [Key] = Value };

    /// <summary>External id of a system port: the kernel's number of the device that it was made for.</summary>
    public const string Device = "meshmcp-device";

    public static IReadOnlyDictionary<string, string> With(uint device) => new Dictionary<string, string>(Ids) { [Device] = $"{device}" };

    public static bool IsOn(IReadOnlyDictionary<string, string> externalIds) => externalIds.ContainsKey(Key);
}
