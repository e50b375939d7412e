using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Systems.Netmaker;

/// <summary>
/// The section <c>netmaker</c>: this host's membership of a network by netclient and, in server mode, the server's environment file, the network and this host's own
/// membership and egress by its API. The device is netclient's, never ours. Memberships that others made are used, and never left.
/// </summary>
sealed class NetmakerSystem(NetmakerWork work, ServerLook server, SecretStore secrets, LinkAddresses links, BridgeConfiguration configuration) : HostSystem<NetmakerSection, ObservedNetmaker>
{
    public override string Name => "netmaker";

    public override IReadOnlyList<string> Carries => ["adapters"];

    public override NodeState? Released(NodeState desired) => null;

    /// <summary>The last look found something missing that may come by itself.</summary>
    public bool Waits { get; private set; }

    public override async Task<ObservedNetmaker> ObserveAsync(NodeState desired, CancellationToken ct)
    {
        var section = Section(desired) is { Enabled: true } wanted ? wanted : null;
        var (client, memberships, ledger) = (NetclientFiles.Host(), NetclientFiles.Memberships(), work.Ledger.Read());
        var (environment, view, trouble, waiting) = (EnvironmentState.None, (ServerView?)null, (string?)null, (string?)null);
        if ((section ?? ledger) is { Mode: NetmakerMode.Server } asServer)
        {
            var (endpoint, master) = (ServerAddress.Read(asServer.ApiEndpoint, "netmaker.api_endpoint").Address, secrets.Find(asServer.MasterKey, SecretKind.NetmakerMasterKey)?.Trim());
            environment = ServerEnvironment.Read(endpoint, master);
            if (section is not null && endpoint is not null && master is not null) (view, waiting) = await server.ViewAsync(new(endpoint, master), section.Network, client?.Id, ct);
        }
        else if (section is not null && !memberships.ContainsKey(section.Network) && ServerOf(section) is { } address)
            trouble = await server.TroubleAsync(address, ct);
        var ours = ledger is not null && (memberships.GetValueOrDefault(ledger.Network) is { Connected: true } || environment.Content is not null) ? ledger : null;
        var aside = ledger is not null && memberships.GetValueOrDefault(ledger.Network) is { Connected: false } ? ledger.Network : null;
        return new(Netclient.IsInstalled, client, memberships, ours, aside, section is not null && links.Names().Contains(section.Interface), KeyOf(section), trouble, view, waiting, environment);
    }

    public override NetmakerSection? Ours(ObservedNetmaker observed) => observed.Joined;

    /// <summary>As joining does: where keys are sent and what network the node is in. Leaving, and what lies behind the node, are not among it.</summary>
    public override IEnumerable<Problem> AdminsOf(NodeState before, NodeState after)
    {
        if (after.Netmaker is not { } section) return [];
        var stays = before.Netmaker is { } was && section with { Egress = was.Egress, Enabled = was.Enabled } == was && (was.Enabled || !section.Enabled);
        return stays ? [] : [new("netmaker", "Joining a mesh, and changing where it is and with which keys, needs scope admin.")];
    }

    public override IEnumerable<(string Path, string? Reference, SecretKind Kind)> Secrets(NodeState state) => state.Netmaker is not { } section ? [] :
    [
        ("netmaker.enrollment_key", section.EnrollmentKey, SecretKind.NetmakerEnrollmentKey),
        ("netmaker.master_key", section.MasterKey, SecretKind.NetmakerMasterKey),
    ];

    public override IEnumerable<Problem> Validate(NodeState desired) => NetmakerFaults.Of(desired);

    public override Edit Resolve(Edit edit, NodeState state) => edit switch
    {
        LeaveNetmaker leave when state.Netmaker is not { Enabled: true } there || there.Network != leave.Network => throw new MeshException(new MeshError(ErrorKind.NotFound,
            state.Netmaker is { Enabled: true } section ? $"This node's network is {section.Network}, not {leave.Network}." : "This node is in no Netmaker network.", "network", "netmaker_status shows it.")),
        JoinNetmaker { Netmaker: var asked } when state.Netmaker is { Enabled: true } there && there.Network != asked.Network => throw new MeshException(ErrorKind.Conflict,
            $"This node is to be in {there.Network} already; a node has one network.", "network", "Leave that one first with netmaker_leave."),
        _ => edit,
    };

    public override IReadOnlyList<Step> Plan(NetmakerSection? desired, ObservedNetmaker observed)
    {
        if (desired is not { Enabled: true }) return observed.Joined is { } ours ? [.. Removal(ours, observed)] : [];
        var steps = new List<Step>();
        if (desired.Mode == NetmakerMode.Server && observed.Environment is { Foreign: false } environment && !ServerEnvironment.Fits(environment))
            steps.Add(Step($"file {ServerEnvironment.Path}", $"write the Netmaker server's environment to {ServerEnvironment.Path}", Effect.Reversible, [], _ => work.WriteEnvironment(desired)));
        if (observed.Server is { HasNetwork: false })
            steps.Add(Step($"network {desired.Network}", $"create Netmaker network {desired.Network} ({desired.AddressRange}) on the server", Effect.Reversible, [new Touch.Address(desired.Interface, null, desired.AddressRange, "netmaker.address_range")], ct => work.AddNetworkAsync(desired, ct)));
        steps.AddRange(Membership(desired, observed));
        if (observed.Server is { } view && observed.Installed) steps.AddRange(Egress(desired, view));
        return steps;
    }

    public override IReadOnlyList<Finding> Findings(NetmakerSection? desired, ObservedNetmaker observed)
    {
        IReadOnlyList<Finding> findings = desired is not { Enabled: true } ? [] : [.. NetmakerFindings.Of(desired, observed)];
        Waits = findings.Any(f => f.Kind == "waiting");
        return findings;
    }

    protected override NetmakerSection? Section(NodeState state) => Complete(state);

    /// <summary>With its egress said: what is behind this node is the containers' network unless the state says otherwise.</summary>
    public static NetmakerSection? Complete(NodeState state) => state.Netmaker is { } section
        ? section with { Egress = section.Egress ?? (NetmakerFaults.RangeOf(BridgeLayout.Of(state)?.Address) is { } range ? [$"{range}"] : []) }
        : null;

    protected override NodeState With(NodeState state, NetmakerSection? section) => state with { Netmaker = section };

    IEnumerable<Step> Removal(NetmakerSection ours, ObservedNetmaker observed)
    {
        if (observed.In(ours.Network) is not null)
            yield return Step($"network {ours.Network}", $"leave Netmaker network {ours.Network}; once that is confirmed, to come back takes a use of an enrollment key", Effect.Disruptive, Ends(ours),
                ct => work.SetConnectedAsync(ours.Network, false, ct), teardown: true);
        if (observed.Environment.Content is not null)
            yield return Step($"file {ServerEnvironment.Path}", $"remove {ServerEnvironment.Path}", Effect.Reversible, [], _ => work.DeleteEnvironment(), teardown: true);
    }

    IEnumerable<Step> Membership(NetmakerSection desired, ObservedNetmaker observed)
    {
        var ours = observed.Joined;
        if (observed.In(desired.Network) is not null)
        {
            if (observed.Client is not { } client) yield break;
            if (client.Interface != desired.Interface && ours is null)
                throw new MeshException(ErrorKind.Conflict, $"netclient is a member of {desired.Network} already, with the device {client.Interface} instead of {desired.Interface}, and not by us.",
                    "netmaker.interface", $"Call it {client.Interface} in the state, or leave the network with: netclient leave {desired.Network}");
            if (ours is not null && (client.Interface != desired.Interface || OtherServer(ours, desired)) && NetmakerFindings.Missing(desired, observed) is null)
            {
                yield return Leave(ours);
                yield return Join(desired);
            }
            else if (ours is not null && (client.ListenPort != desired.Port() || !client.IsStaticPort))
                yield return Step($"port of {desired.Interface}", $"let {desired.Interface} listen on udp/{desired.Port()}", Effect.Disruptive, Ends(desired), ct => work.PushAsync(desired, ct));
            yield break;
        }
        if (observed.Aside == desired.Network)
        {
            yield return Step($"network {desired.Network}", $"connect to Netmaker network {desired.Network} again", Effect.Reversible, [], ct => work.SetConnectedAsync(desired.Network, true, ct));
            yield break;
        }
        if (ours is not null && observed.In(ours.Network) is not null) yield return Leave(ours);
        else if (observed.Memberships.Keys.FirstOrDefault() is { } other && observed.Client is { } host && host.Interface != desired.Interface)
            throw new MeshException(ErrorKind.Conflict, $"netclient is a member of {other} with the device {host.Interface}; it has one device for all its networks.", "netmaker.interface",
                $"Call it {host.Interface} in the state, or leave that network with: netclient leave {other}");
        if (NetmakerFindings.Missing(desired, observed) is null) yield return Join(desired);
    }

    IEnumerable<Step> Egress(NetmakerSection desired, ServerView view)
    {
        foreach (var range in desired.Egress!.Where(r => view.Egress.All(e => e.Range != r || !e.Status)))
            yield return Step($"egress {range}", $"tell the other members that {range} is behind this node", Effect.Reversible, [new Touch.Egress(range, false)], ct => work.AddOwnEgressAsync(desired, range, ct));
        foreach (var entry in view.Egress.Where(e => e.Description == NetmakerApi.EgressMark && !desired.Egress!.Contains(e.Range)))
            yield return Step($"egress {entry.Range}", $"tell the other members that {entry.Range} is no longer behind this node", Effect.Reversible, [new Touch.Egress(entry.Range, true)], ct => work.DeleteEgressAsync(desired, entry.Id, ct));
    }

    Step Join(NetmakerSection desired) => Step($"network {desired.Network}",
        $"join Netmaker network {desired.Network} with the device {desired.Interface}{(desired.Mode == NetmakerMode.Client ? ", which spends a use of the enrollment key" : "")}",
        desired.Mode == NetmakerMode.Client ? Effect.Irreversible : Effect.Reversible, [], ct => work.JoinAsync(desired, configuration.Node, ct)) with { Reporting = (_, ct) => work.JoinAsync(desired, configuration.Node, ct) };

    /// <summary>The way of the relays to and from this node.</summary>
    Step Leave(NetmakerSection ours) => Step($"network {ours.Network}", $"leave Netmaker network {ours.Network}; to come back takes a use of an enrollment key", Effect.Irreversible, Ends(ours), ct => work.LeaveAsync(ours.Network, ct), teardown: true);

    EnrollmentKeyState KeyOf(NetmakerSection? section)
    {
        if (section is not { Mode: NetmakerMode.Client } || secrets.Find(section.EnrollmentKey, SecretKind.NetmakerEnrollmentKey) is not { } token) return new(false, null, null);
        return new(true, EnrollmentToken.ServerIn(token), work.RefusalOf(token));
    }

    /// <summary>Where the server is, by the state or else by the key.</summary>
    Uri? ServerOf(NetmakerSection section) => section.Server is not null ? ServerAddress.Read(section.Server, "netmaker.server").Address
        : KeyOf(section).Server is { } inKey ? ServerAddress.Read($"https://{inKey}", "netmaker.enrollment_key").Address : null;

    static bool OtherServer(NetmakerSection ours, NetmakerSection desired) =>
        desired.Mode == NetmakerMode.Client && ours.Server is not null && ServerAddress.Read(desired.Server, "").Address is { } wanted && ServerAddress.Read(ours.Server, "").Address is { } used && wanted != used;

    static IReadOnlyList<Touch> Ends(NetmakerSection section) => [new Touch.Tunnel(section.Interface, true, [])];

    Step Step(string target, string summary, Effect effect, IReadOnlyList<Touch> touches, Func<CancellationToken, Task> run, bool teardown = false) =>
        new(new(Name, target, summary, effect), run, teardown) { Touches = touches };
}
