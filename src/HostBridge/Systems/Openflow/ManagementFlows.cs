using System.Net;
using System.Net.Sockets;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Flows;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Systems.Ports;

namespace MeshMcp.HostBridge.Systems.Openflow;

/// <summary>Tells whether a flow can catch the operator's own traffic. When in doubt it can: the price is one confirmation.</summary>
public static class ManagementFlows
{
    /// <summary>Clients choose their own ports from here on.</summary>
    const int FirstClientPort = 32768;

    static readonly string[] CanCarry = ["ip", "arp", "tcp"];

    /// <param name="match">With port numbers.</param>
    public static bool CanCatch(string match, ManagementPath path, BridgeTable bridge)
    {
        if (!path.Serves) return false;
        IReadOnlyDictionary<string, string?> fields;
        try
        {
            fields = FlowText.ParsePattern(match).Fields.ToDictionary(f => f.Name, f => f.Value);
        }
        catch (MeshException)
        {
            return true;
        }
        return Protocol(fields) && InPort(fields, path, bridge.Ofports) && WellKnown(fields)
            && Address(fields, "nw_src", path, bridge.Address) && Address(fields, "nw_dst", path, bridge.Address);
    }

    static bool Protocol(IReadOnlyDictionary<string, string?> fields) =>
        fields.Where(f => f.Value is null).All(word => CanCarry.Contains(word.Key))
        && (!fields.TryGetValue("dl_type", out var type) || type is "0x0800" or "0x800" or "0x0806" or "0x806" or "2048" or "2054")
        && (!fields.TryGetValue("nw_proto", out var protocol) || protocol is "6");

    static bool InPort(IReadOnlyDictionary<string, string?> fields, ManagementPath path, IReadOnlyDictionary<string, int> ofports) =>
        !fields.TryGetValue("in_port", out var port)
        || string.Equals(port, "LOCAL", StringComparison.OrdinalIgnoreCase)
        || path.Serving.Any(name => name == port || (ofports.TryGetValue(name, out var number) && number.ToString() == port));

    /// <summary>One end of the operator's connections is a well-known port of ours, the other one is chosen by the client.</summary>
    static bool WellKnown(IReadOnlyDictionary<string, string?> fields) =>
        new[] { "tp_src", "tp_dst" }.All(name => !fields.TryGetValue(name, out var value)
            || !int.TryParse(value, out var port)
            || port is ManagementPath.Mcp or ManagementPath.Api or ManagementPath.Relay
            || port >= FirstClientPort);

    /// <summary>An address of the bridge's network that is neither a serving container's nor the bridge's is nobody's on that path; any other may be the client's.</summary>
    static bool Address(IReadOnlyDictionary<string, string?> fields, string name, ManagementPath path, string? bridge)
    {
        if (bridge is not { Length: > 0 } || !fields.TryGetValue(name, out var value) || Parse(value) is not { } range) return true;
        var network = Networks.Of(bridge);
        if (range.PrefixLength < network.PrefixLength || !network.Contains(range.BaseAddress)) return true;
        return range.Contains(Networks.AddressOf(bridge)) || path.Addresses.Any(a => IPAddress.TryParse(a, out var address) && range.Contains(address));
    }

    static IPNetwork? Parse(string? text)
    {
        if (text is null) return null;
        var slash = text.IndexOf('/');
        return IPAddress.TryParse(slash < 0 ? text : text[..slash], out var address) && address.AddressFamily == AddressFamily.InterNetwork
            && int.TryParse(slash < 0 ? "32" : text[(slash + 1)..], out var length) && length is >= 0 and <= 32
            && IPNetwork.TryParse($"{address}/{length}", out var network) ? network : null;
    }
}
