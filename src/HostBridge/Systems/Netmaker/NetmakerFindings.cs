using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.Systems.Netmaker;

/// <summary>What a section still waits for, and what its operator should know. Pure but for the look at which programs are installed.</summary>
static class NetmakerFindings
{
    public static IEnumerable<Finding> Of(NetmakerSection section, ObservedNetmaker observed)
    {
        if (section.Mode == NetmakerMode.Server && observed.Environment.Foreign)
            yield return new("warning", "netmaker.api_endpoint", $"{ServerEnvironment.Path} was not written by MeshMcp, so it is left as it is.");
        var member = observed.In(section.Network);
        if (section.Mode == NetmakerMode.Server && Missing(section, observed) is { } missing) yield return missing;
        else if (member is null && Missing(section, observed) is { } ingredient) yield return ingredient;
        if (observed.Server is { NetworkRange: { } range } && range != section.AddressRange)
            yield return new("warning", "netmaker.address_range", $"Network {section.Network} exists with {range}; a Netmaker network keeps its range.");
        if (member is null) yield break;
        if (!observed.DeviceUp)
            yield return new("warning", "netmaker.interface", $"{section.Network} is joined, but there is no device {section.Interface}: netclient's daemon makes it (netclient.service).");
        if (section.Mode == NetmakerMode.Client)
            foreach (var own in section.Egress!.Where(r => member.EgressGatewayRanges?.Contains(r) != true))
                yield return new("waiting", "netmaker.egress", $"The other members do not know yet that {own} is behind this node. On the server's node: meshctl netmaker egress add {observed.Client?.Name ?? "NODE"} {own}");
    }

    /// <summary>What joining waits for; null when nothing is missing.</summary>
    public static Finding? Missing(NetmakerSection section, ObservedNetmaker observed) => (section.Mode == NetmakerMode.Server ? OnServer(section, observed) : OnClient(section, observed))
        ?? (observed.Installed ? null : NotInstalled());

    static Finding? OnClient(NetmakerSection section, ObservedNetmaker observed)
    {
        var secret = SecretReference.NameIn(section.EnrollmentKey);
        if (section.Server is not null && ServerAddress.Read(section.Server, "netmaker.server").Waiting is { } placeholder) return Waiting("netmaker.server", placeholder);
        if (!observed.Installed) return NotInstalled();
        if (!observed.Key.Present)
            return Waiting("netmaker.enrollment_key", $"The enrollment key {secret} is not on this node: make one on the server's node by create_enrollment_key, and put it here by netmaker_join.");
        if (observed.Key.Server is not { } inKey)
            return Waiting("netmaker.enrollment_key", $"The secret {secret} is no Netmaker enrollment key: give the whole token, base64 as the server prints it.");
        if (observed.Key.Refused is { } refused) return Waiting("netmaker.enrollment_key", $"{refused}. Put a new key into {secret}.");
        if (ServerAddress.Read(section.Server, "netmaker.server").Address is { } address && !ServerAddress.Is(inKey, address))
            return Waiting("netmaker.enrollment_key", $"The enrollment key {secret} is for the server {inKey}, but netmaker.server is {address.Authority}: correct one of them.");
        return observed.ServerTrouble is { } trouble ? Waiting("netmaker.server", $"The Netmaker server does not answer: {trouble}. The node joins when it does.") : null;
    }

    static Finding? OnServer(NetmakerSection section, ObservedNetmaker observed)
    {
        if (ServerAddress.Read(section.ApiEndpoint, "netmaker.api_endpoint").Waiting is { } placeholder) return Waiting("netmaker.api_endpoint", placeholder);
        if (observed.Environment is { Wanted: null, Foreign: false })
            return Waiting("netmaker.master_key", $"The master key {SecretReference.NameIn(section.MasterKey)} is not on this node: choose a long random one and put it here: meshctl secret set {SecretReference.NameIn(section.MasterKey)} --kind netmaker-master-key.");
        return observed.Server is null ? Waiting("netmaker.api_endpoint", $"The Netmaker server does not answer: {observed.ServerWaiting ?? "it was not asked"}. {HowToStart()}") : null;
    }

    /// <summary>The server's programs are their units' to start, never ours.</summary>
    static string HowToStart()
    {
        string[] missing = [.. new[] { "netmaker", "mosquitto" }.Where(p => !ProgramPath.IsThere(p))];
        return missing.Length > 0
            ? $"Install {string.Join(" and ", missing)}, and a TLS front for the endpoint; then enable mosquitto.service and netmaker.service, with EnvironmentFile={ServerEnvironment.Path}."
            : $"Enable mosquitto.service, netmaker.service (EnvironmentFile={ServerEnvironment.Path}) and the TLS front for the endpoint.";
    }

    static Finding NotInstalled() => Waiting("netmaker", "The program netclient is not installed: install netclient, from Netmaker's own releases or package repository.");

    static Finding Waiting(string path, string message) => new("waiting", path, message);
}
