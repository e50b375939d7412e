using System.Net;
using System.Text.RegularExpressions;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Network;

namespace MeshMcp.HostBridge.Systems.Netmaker;

/// <summary>Every fault of a <c>netmaker</c> section that shows without looking at the host.</summary>
static partial class NetmakerFaults
{
    public static IEnumerable<Problem> Of(NodeState state)
    {
        if (state.Netmaker is not { } section) yield break;
        if (!NetworkName().IsMatch(section.Network)) yield return new("netmaker.network", $"\"{section.Network}\" is no Netmaker network: 1 to 32 lower-case letters, digits, dashes or underscores, no dash first.");
        if (!TextKind.Device.Holds(section.Interface)) yield return new("netmaker.interface", $"\"{section.Interface}\" is no device name: 1 to 15 letters, digits, dots, dashes or underscores.");
        if (section.Bridge is { } bridge && bridge != BridgeLayout.NameOf(state)) yield return new("netmaker.bridge", $"The node's one bridge is {BridgeLayout.NameOf(state)}, not {bridge}.");
        if (section.ListenPort is < 1 or > 65535) yield return new("netmaker.listen_port", $"{section.ListenPort} is no port.");
        foreach (var (path, text) in new[] { ("netmaker.server", section.Server), ("netmaker.api_endpoint", section.ApiEndpoint) })
            if (text is not null && TextKind.ServerUrl.FaultOf(path, text) is { } fault) yield return fault;
            else if (text?.StartsWith("http://", StringComparison.OrdinalIgnoreCase) == true)
                yield return new(path, "netclient speaks https only: put a TLS front before the server's API and give its https address.");
        foreach (var (path, reference, kind) in new[] { ("netmaker.enrollment_key", section.EnrollmentKey, "netmaker-enrollment-key"), ("netmaker.master_key", section.MasterKey, "netmaker-master-key") })
            if (SecretReference.NameIn(reference) is null) yield return new(path, $"This names a secret, secret:NAME; a name has {SecretReference.Form}. The key itself is put on the node with meshctl secret set NAME --kind {kind}.");
        var bridged = RangeOf(BridgeLayout.Of(state)?.Address);
        if (!IPNetwork.TryParse(section.AddressRange, out var range) || range.PrefixLength is < 8 or > 30)
            yield return new("netmaker.address_range", $"\"{section.AddressRange}\" is no IPv4 network such as 10.101.0.0/16.");
        else if (bridged is { } own && Networks.Overlap(own, range))
            yield return new("netmaker.address_range", $"{range} overlaps the containers' network {own}.");
        foreach (var (text, i) in (section.Egress ?? []).Select((t, i) => (t, i)))
            if (!IPNetwork.TryParse(text, out var egress) || egress.PrefixLength is < 8 or > 32) yield return new($"netmaker.egress[{i}]", $"\"{text}\" is no IPv4 network such as 10.0.0.0/24.");
            else if (Networks.Overlap(egress, range)) yield return new($"netmaker.egress[{i}]", $"{egress} overlaps the mesh's own {range}.");
    }

    /// <summary>The network of an address with prefix length; null when it has a fault that others report.</summary>
    public static IPNetwork? RangeOf(string? address)
    {
        if (address?.Split('/') is not [var host, var prefix] || !IPAddress.TryParse(host, out _) || !int.TryParse(prefix, out var length) || length is < 8 or > 30) return null;
        return Networks.Of(address);
    }

    [GeneratedRegex(@"\A[a-z0-9_][a-z0-9_-]{0,31}\z")]
    private static partial Regex NetworkName();
}
