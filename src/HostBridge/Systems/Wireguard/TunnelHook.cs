namespace MeshMcp.HostBridge.Systems.Wireguard;

/// <summary>
/// Hook texts of a tunnel. They are never run: the one thing they may ask for, "attach this tunnel to our bridge", the adapter does anyway
/// (the tunnel itself as a port would be accepted by Open vSwitch and carry nothing).
/// </summary>
public static class TunnelHook
{
    /// <summary>Null when <paramref name="text"/> attaches the tunnel; else why it is refused.</summary>
    public static string? FaultOfUp(string text, string bridge, string tunnel) =>
        Words(text) is ["ovs-vsctl", "add-port", var b, var t] && Means(b, t, bridge, tunnel) ? null : Reason("post_up", $"ovs-vsctl --may-exist add-port {bridge} {tunnel}");

    /// <summary>Null when <paramref name="text"/> detaches the tunnel; else why it is refused.</summary>
    public static string? FaultOfDown(string text, string bridge, string tunnel) =>
        Words(text) switch
        {
            ["ovs-vsctl", "del-port", var b, var t] when Means(b, t, bridge, tunnel) => null,
            ["ovs-vsctl", "del-port", var t] when t == tunnel || t == "%i" => null,
            _ => Reason("pre_down", $"ovs-vsctl --if-exists del-port {bridge} {tunnel}"),
        };

    static string[] Words(string text) => [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(w => w is not ("--may-exist" or "--if-exists" or "--"))];

    static bool Means(string givenBridge, string givenTunnel, string bridge, string tunnel) => givenBridge == bridge && (givenTunnel == tunnel || givenTunnel == "%i");

    static string Reason(string field, string accepted) =>
        $"{field} is never run as a program, and says something other than \"attach this tunnel to the bridge\": only \"{accepted}\" is understood. Leave it out, and use flows for where packets go.";
}
