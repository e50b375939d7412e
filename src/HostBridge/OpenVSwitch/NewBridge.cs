namespace MeshMcp.HostBridge.OpenVSwitch;

/// <summary>A bridge as it should be made. It drops what no flow names (<c>fail_mode=secure</c>) and speaks OpenFlow 1.0 and 1.3 to 1.5.</summary>
/// <param name="DatapathType"><c>system</c> or <c>netdev</c>.</param>
/// <param name="ExternalIds">Marks whose it is.</param>
/// <param name="Mac">Address of the bridge's own port; null lets Open vSwitch choose.</param>
public sealed record NewBridge(string Name, string DatapathType, IReadOnlyDictionary<string, string> ExternalIds, string? Mac = null)
{
    public const string FailMode = "secure";

    public static readonly IReadOnlyList<string> Protocols = ["OpenFlow10", "OpenFlow13", "OpenFlow14", "OpenFlow15"];
}

/// <summary>A port as it should be made.</summary>
/// <param name="Type"><c>system</c> for a device that exists, <c>internal</c> for one that Open vSwitch makes.</param>
/// <param name="Ofport">Its number in flows.</param>
/// <param name="ExternalIds">Marks whose it is.</param>
/// <param name="Mac">Address of an internal port; null lets Open vSwitch choose.</param>
public sealed record NewPort(string Name, string Type, int? Ofport, IReadOnlyDictionary<string, string> ExternalIds, string? Mac = null);
