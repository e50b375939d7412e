using System.Runtime.CompilerServices;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Flows;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.Host.Lxc;
using MeshMcp.HostBridge.Network;
using MeshMcp.HostBridge.OpenVSwitch;
using MeshMcp.HostBridge.Systems.Adapters;
using MeshMcp.HostBridge.Systems.Bridge;
using MeshMcp.HostBridge.Systems.Lxc;
using MeshMcp.HostBridge.Systems.Netmaker;
using MeshMcp.HostBridge.Systems.Openflow;
using MeshMcp.HostBridge.Systems.Packagekit;
using MeshMcp.HostBridge.Systems.Systemd;
using MeshMcp.HostBridge.Systems.Uplink;
using MeshMcp.HostBridge.Systems.Wireguard;
using MeshMcp.TestKit;
using MeshMcp.UnitTests.Wireguard;
using Microsoft.Extensions.Logging.Abstractions;

namespace MeshMcp.UnitTests.Engine;

/// <summary>One of the two example nodes as it is after its state was applied: the real systems' plans, planner and guard over a model of what they observe.</summary>
sealed class GuardedNode
{
    static readonly Distribution Debian = new("Debian", true, false);
    static readonly RenderingPlace Place = new("10.1.0.1/24", (id, revision) => $"node/{id}/{revision}", new(false, new HashSet<string>()), new HashSet<string>(), [], new());

    readonly Planner _planner;
    readonly BridgeSection _bridge;

    public GuardedNode(string name)
    {
        Name = name;
        State = StateReader.Read(File.ReadAllText(Example(name)));
        if (Serves) State = State with { Wireguard = new() { VpnServer = new() { Interface = "wg0", ListenPort = 51820, IpPool = "10.9.0.0/24" } } };
        State = State with
        {
            Bridge = new() { Name = "mesh", Ports = [new() { Name = "spare300", Type = PortType.Internal }] },
            Wireguard = State.Wireguard! with { VpnServer = State.Wireguard.VpnServer! with { Clients = [new() { Name = "anna", Address = State.Wireguard.VpnServer.IpPool.Replace("0/24", "2", StringComparison.Ordinal), PublicKey = Keys.Of(2) }] } },
        };
        _bridge = BridgeLayout.Of(State)!;
        Host = new(
            [
                new("lo", ["127.0.0.1/8"]),
                Device("eth0", Address), Device("eth1", "192.168.77.1/24"), Device("mesh", _bridge.Address!), Device(Mesh, MeshAddress), Device("wg0", $"{Pool[..^4]}1/24"),
            ],
            [
                new(254, "default", false, Gateway, "eth0", 0), new(254, Uplink, false, null, "eth0", 0), new(254, "192.168.77.0/24", false, null, "eth1", 0),
                new(254, "10.101.0.0/16", false, null, Mesh, 0), new(254, Serves ? "10.0.0.0/24" : "10.1.0.0/24", false, null, Mesh, 0),
            ],
            [new("tcp", "0.0.0.0", 22, "sshd"), new("tcp", _bridge.Address!.Split('/')[0], 9575, "meshmcp-server"), new("tcp", MeshAddress.Split('/')[0], 9575, "meshmcp-server"), new("udp", "0.0.0.0", 51821, "a program")]);
        _planner = new(
        [
            new Seen<PackagekitSection, ObservedPackagekit>(new PackagekitSystem(null!, null!, null!, Debian), s => s.Packagekit, Packages),
            new Seen<SystemdSection, ObservedSystemd>(new SystemdSystem(null!, null!, Debian), s => s.Systemd, Units),
            new Seen<UplinkTable, ObservedUplink>(new UplinkSystem(null!, null!, null!, null!, null!), UplinkTable.Of, UplinkOf),
            new Seen<BridgeSection, ObservedBridge>(new BridgeSystem(null!, null!, null!, null!), BridgeLayout.Of, _ => Bridge()),
            new Seen<WireguardSection, ObservedWireguard>(new WireguardSystem(null!, null!, null!, null!, null!, null!, null!, TimeProvider.System), s => s.Wireguard, Tunnels),
            new Seen<NetmakerSection, ObservedNetmaker>(new NetmakerSystem(null!, null!, null!, null!, null!), NetmakerSystem.Complete, Membership),
            new Seen<AdapterSet, ObservedAdapters>(new AdaptersSystem(null!), AdapterSet.Of, _ => Adapters()),
            new Seen<LxcSection, ObservedLxc>(new LxcSystem(null!, null!, null!, new(new())), s => s.Lxc, Containers),
            new Seen<OpenflowSection, ObservedOpenflow>(new OpenflowSystem(null!, null!), s => s.Openflow, Flows),
        ], HandClock.Still, NullLogger<Planner>.Instance, (_, _) => Task.FromResult(Host));
    }

    /// <summary>Its PackageKit does not answer, and it has none of the units yet.</summary>
    public bool Waits { get; init; }

    public string Name { get; }
    public NodeState State { get; }
    public HostNetwork Host { get; }
    public bool Serves => Name == "vps";
    public string Mesh => State.Netmaker!.Interface;
    public string Gateway => Serves ? "203.0.113.1" : "192.168.1.1";
    public string Pool => State.Wireguard!.VpnServer!.IpPool;
    public string Network => Serves ? "10.1.0" : "10.0.0";
    string Uplink => Serves ? "203.0.113.0/24" : "192.168.1.0/24";
    string Address => Serves ? "203.0.113.10/24" : "192.168.1.20/24";
    string MeshAddress => Serves ? "10.101.0.1/16" : "10.101.0.2/16";

    public async Task<PlanRun> PlanAsync(NodeState desired) => await _planner.PlanAsync(desired, _planner.Systems.Select(s => s.Name).ToHashSet(), CancellationToken.None, before: State);

    /// <summary>Faults that show without the host, and with it.</summary>
    public static IReadOnlyList<Problem> Faults(NodeState desired, PlanRun run) => [.. BridgeFaults.Of(desired), .. UplinkFaults.Of(desired), .. run.Overlaps];

    public NodeState With(params IReadOnlyList<string> flows) => WithFlows(f => [.. f, .. flows]);

    public NodeState WithFlows(Func<IEnumerable<string>, IEnumerable<string>> change) =>
        State with { Openflow = new() { Bridges = new Dictionary<string, BridgeFlows> { ["mesh"] = new() { Flows = [.. change(State.Openflow!.Bridges["mesh"].Flows)] } } } };

    public NodeState WithUnit(string name, string active, bool? masked = null) =>
        State with { Systemd = new() { Units = new Dictionary<string, UnitState> { [name] = new() { ActiveState = active, Masked = masked } } } };

    public NodeState WithPackage(string name, Ensure ensure) => State with { Packagekit = new() { Packages = new Dictionary<string, PackageState> { [name] = new() { Ensure = ensure } } } };

    public NodeState WithUplink(Func<UplinkSection, UplinkSection> change) => State with { Uplink = change(State.Uplink!) };

    public NodeState WithBridge(Func<BridgeSection, BridgeSection> change) => State with { Bridge = change(State.Bridge!) };

    /// <summary>Without the published ports of a container that is there no longer.</summary>
    public NodeState WithContainers(Func<IEnumerable<Container>, IEnumerable<Container>> change)
    {
        Container[] containers = [.. change(State.Lxc!.Containers)];
        return WithUplink(u => u with { Publish = [.. u.Publish.Where(p => containers.Any(c => c.Id == p.Container))] }) with { Lxc = new() { Containers = containers } };
    }

    /// <summary>Without the flows of a tunnel that is there no longer.</summary>
    public NodeState WithVpn(Func<VpnServer, VpnServer?> change)
    {
        var server = change(State.Wireguard!.VpnServer!);
        return (server?.Interface == "wg0" ? State : WithFlows(all => all.Where(f => !f.Contains("wg0", StringComparison.Ordinal)))) with { Wireguard = State.Wireguard with { VpnServer = server } };
    }

    /// <summary>A flow as the switch would say it.</summary>
    public static CanonicalFlow Canonical(string text, IReadOnlyDictionary<string, int> ofports, IReadOnlyDictionary<string, BridgeAdapter> adapters)
    {
        var problems = new List<Problem>();
        var flow = FlowText.Parse(text).Compile(ofports, adapters, "flow", problems) ?? throw new InvalidOperationException(problems[0].Message);
        return new(new(flow.Table, flow.Priority, flow.Match), flow.ActionsText);
    }

    ObservedPackagekit Packages(NodeState desired) => Waits ? new("It does not answer.", new Dictionary<string, SeenPackage>(), new Dictionary<string, HostBridge.Systems.Packagekit.PackageRecord>(), new Dictionary<string, string>(), Debian) :
        new(null, (desired.Packagekit?.Packages ?? new Dictionary<string, PackageState>()).ToDictionary(p => p.Key, p => p.Value.Ensure == Ensure.Installed
            ? new SeenPackage(p.Key, null, $"{p.Key};2.0;all;local") : new SeenPackage(p.Key, $"{p.Key};1.0;all;local", $"{p.Key};2.0;all;local")), new Dictionary<string, HostBridge.Systems.Packagekit.PackageRecord>(), new Dictionary<string, string>(), Debian);

    ObservedSystemd Units(NodeState desired) => Waits ? new(null, new Dictionary<string, SeenUnit>(), new Dictionary<string, UnitRecord>(), Debian) :
        new(null, (desired.Systemd?.Units ?? new Dictionary<string, UnitState>()).ToDictionary(u => u.Key, u => new SeenUnit(u.Key, "", "loaded", u.Value.ActiveState == "active" ? "inactive" : "active", "", "enabled")), new Dictionary<string, UnitRecord>(), Debian);

    ObservedUplink UplinkOf(NodeState desired)
    {
        var before = UplinkTable.Of(State)!;
        ObservedUplink was = new(null, null, [], "eth0", [Address.Split('/')[0]], true, []);
        var device = UplinkTable.Of(desired)?.Interface ?? "eth0";
        return was with { Record = new(before, UplinkSystem.TextOf(before, was), "listing"), Listing = "listing", Device = device, Addresses = Host.Device(device) is { Reached: { } address } ? [address] : [] };
    }

    ObservedBridge Bridge()
    {
        OvsPort Port(string name, string type, int number, IReadOnlyDictionary<string, string> ids, string? mac) =>
            new(name, name, ids, [new(name, name, type, number, number, mac, mac, null, "up", ids)]);
        var devices = _bridge.Ports.Select(p => p.Name).Concat(Host.Devices.Select(d => d.Name)).ToDictionary(n => n, _ => 0u);
        return new([new("bridge", "mesh", "system", "secure", [], Mark.Ids, new Dictionary<string, string>(),
        [
            .. _bridge.Ports.Select(p => Port(p.Name, p.Type == PortType.Internal ? "internal" : "system", PortNumber.Of(p)!.Value, p.Type == PortType.Internal ? Mark.Ids : Mark.With(0), p.Mac)),
            .. _bridge.Adapters.Select(a => Port(a.Port, "internal", a.Ofport, AdapterMark.Of(a), a.Mac)),
        ])], _bridge.Address, true, devices, true);
    }

    ObservedWireguard Tunnels(NodeState desired)
    {
        static WantedDevice Wanted(VpnServer vpn) => new(vpn.Interface, new() { VpnServer = vpn }, "wireguard.vpn_server", new(vpn.Interface, new(Keys.Of(1)), vpn.ListenPort, $"{vpn.IpPool.Split('/')[0][..^1]}1/{vpn.IpPool.Split('/')[1]}", 1420,
            [.. vpn.Clients.Select(c => new PeerConfig(c.Name, c.PublicKey, null, [$"{c.Address}/32"]))]));
        var before = Wanted(State.Wireguard!.VpnServer!);
        var there = new SeenDevice(new("wg0", SeenDevice.Mark, "tun", 1420, true, [before.Config!.Address]),
            new(new(Keys.Of(1)), Keys.Of(9), 51820, [.. before.Config.Peers.Select(p => new WgPeer(p.PublicKey, null, null, p.AllowedIps, null, 0, 0, 0))]), new(before.Item));
        return new(desired.Wireguard?.VpnServer is { } vpn ? [Wanted(vpn)] : [], [there], new HashSet<int>(), []);
    }

    ObservedNetmaker Membership(NodeState desired)
    {
        var section = NetmakerSystem.Complete(State)!;
        return new(true, new("id", Name, Mesh, section.ListenPort ?? 51821, true), new Dictionary<string, ClientNode> { [section.Network] = new("node", section.Network) }, section, null, true, new(true, null, null), null, null, null, EnvironmentState.None);
    }

    ObservedAdapters Adapters()
    {
        var set = AdapterSet.Of(State)!;
        IpDevice[] devices = [.. set.Adapters.SelectMany<BridgeAdapter, IpDevice>(a =>
            [new(a.Tunnel, true, 1420, false, [], []), new(a.Port, true, 1420, true, [$"{a.Address}/32"], [])])];
        var bare = new ObservedAdapters(new([], [], devices, [], "eth0"), new Dictionary<string, string>());
        AdapterPlan[] plans = [.. set.Adapters.Select(a => new AdapterPlan(a, set, bare))];
        return bare with
        {
            Ip = new([.. plans.SelectMany(p => p.Rules)], [.. plans.SelectMany(p => p.Routes)], devices,
                [.. set.Adapters.Select(a => new IpNeighbour(BridgeAdapter.Beyond, a.Port, BridgeAdapter.BeyondMac))], "eth0"),
        };
    }

    ObservedLxc Containers(NodeState desired) => new(
        [.. State.Lxc!.Containers.Select(c => new HostContainer(c.Id, true, c, Render(c).Config, new(c.Id, 8, Render(c).Revision, 7)))], [],
        [.. (desired.Lxc?.Containers ?? []).Select(c => new WantedContainer(c, Render(c), new("/t", false), []))], new HashSet<string>());

    ObservedOpenflow Flows(NodeState desired)
    {
        var ports = new OvsState(1, 1, Bridge().Bridges);
        var numbers = PortNumber.ByName(desired, ports, "mesh");
        CanonicalFlow Of(string flow, NodeState state) => Canonical(flow, PortNumber.ByName(state, ports, "mesh"), BridgeLayout.AdaptersOf(state));
        return new([new("mesh", true,
            [.. State.Openflow!.Bridges["mesh"].Flows.Select(f => Of(f, State)).Select(f => new DumpedFlow(f, FlowCookie.Of(f.Key), 0, 0, default, $"{f}"))],
            [.. (desired.Openflow?.Bridges["mesh"].Flows ?? []).Select(f => new WantedFlow(Of(f, desired), f))], numbers, BridgeLayout.AdaptersOf(desired), BridgeLayout.Of(desired)?.Address)]);
    }

    static Rendering Render(Container item) => ContainerRendering.Of(item, Place, item.Properties.Files.Where(f => f.Secret is not null).ToDictionary(f => f.Secret!, _ => ""));

    static HostDevice Device(string name, string address) => new(name, [address]);

    static string Example(string name, [CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, $"../../../examples/{name}.json");

    /// <summary>A real system over a model of what it observes.</summary>
    sealed class Seen<TSection, TObserved>(HostSystem<TSection, TObserved> real, Func<NodeState, TSection?> section, Func<NodeState, TObserved> observe) : ISystem
        where TSection : class
    {
        public string Name => real.Name;

        public IReadOnlyList<string> Carries => real.Carries;

        public bool Manages(NodeState state) => true;

        public bool Leaves(NodeState state) => real.Leaves(state);

        public IEnumerable<Problem> NewFaults(NodeState before, NodeState after) => real.NewFaults(before, after);

        public bool Differs(NodeState before, NodeState after) => real.Differs(before, after);

        public NodeState? Released(NodeState desired) => real.Released(desired);

        public IEnumerable<Problem> Validate(NodeState desired) => [];

        public IEnumerable<(string Path, string? Reference, SecretKind Kind)> Secrets(NodeState state) => real.Secrets(state);

        public void Keep(Edit edit) => real.Keep(edit);

        public IEnumerable<(string Secret, string Name)> Revokes(Edit edit, NodeState before) => real.Revokes(edit, before);

        public IEnumerable<Problem> RootsOf(NodeState before, NodeState after) => real.RootsOf(before, after);

        public IEnumerable<Problem> AdminsOf(NodeState before, NodeState after) => real.AdminsOf(before, after);

        public Edit Resolve(Edit edit, NodeState state) => edit;

        public Task<IReadOnlyList<Edit>> AdoptAsync(NodeState desired, CancellationToken ct) => throw new NotSupportedException();

        public Task<SystemPlan> PlanAsync(NodeState desired, CancellationToken ct) =>
            Task.FromResult(new SystemPlan(s => s, real.Plan(section(desired), observe(desired)), []) { Later = real.Later(section(desired), observe(desired)) });
    }
}
