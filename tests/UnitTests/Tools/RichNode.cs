using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Joining;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;

namespace MeshMcp.TestServers;

/// <summary>A node of which every tool has something to tell, good and bad, and the call of each tool.</summary>
static class RichNode
{
    static readonly DateTimeOffset At = new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero);

    public static readonly PlannedStep[] Steps =
    [
        new("openflow", "flows", "add 30 flows", Details: [.. Enumerable.Range(0, 30).Select(i => $"+ priority={i},actions=drop")]),
        new("uplink", "table", "publish tcp/80 for container 100", Details: [.. Enumerable.Range(0, 30).Select(i => $"+ rule {i}")]),
        new("wireguard", "wg0", "change the peers of wg0", Details: ["+ peer laptop", "+ peer tablet", "- peer phone"]),
        new("lxc", "container 100", "restart container 100", Effect.Disruptive),
        new("bridge", "bridge mesh", "change the bridge", TouchesManagement: true) { Paths = [new("SSH", false, "it comes in there")] },
        new("lxc", "container 101", "purge its files", Effect.Irreversible),
    ];

    public static readonly Finding Waits = new("waiting", "packagekit.packages.htop", "PackageKit does not answer on this node.");

    static readonly Finding Warning = new("warning", "uplink", "The provider may filter port 25.");

    /// <summary>Tool and arguments.</summary>
    public static readonly IReadOnlyDictionary<string, (string, object?)[]> Calls = new Dictionary<string, (string, object?)[]>
    {
        ["list_nodes"] = [],
        ["get_state"] = [Node, ("origins", true)],
        ["plan_state"] = [Node, ("state", "{}")],
        ["apply_state"] = [Node, ("state", "{}")],
        ["list_flows"] = [Node, ("limit", 2)],
        ["add_flow"] = [Node, ("flow", "priority=1,actions=drop")],
        ["delete_flow"] = [Node, ("flow", "priority=1")],
        ["list_containers"] = [Node, ("lines", 5)],
        ["create_container"] = [Node, ("template", "busybox")],
        ["update_container"] = [Node, ("id", "100"), ("settings", new { name = "web" })],
        ["set_container_state"] = [Node, ("id", "100"), ("state", "stopped")],
        ["delete_container"] = [Node, ("id", "100")],
        ["container_exec"] = [Node, ("id", "100"), ("command", new[] { "true" })],
        ["publish_port"] = [Node, ("port", 80), ("container", "100")],
        ["unpublish_port"] = [Node, ("port", 80)],
        ["wg_status"] = [Node],
        ["wg_add_client"] = [Node, ("name", "anna")],
        ["wg_remove_client"] = [Node, ("name", "anna")],
        ["set_tunnel"] = [Node, ("interface", "warp0"), ("enabled", true)],
        ["netmaker_status"] = [Node],
        ["netmaker_leave"] = [Node, ("network", "mesh")],
        ["netmaker_hosts"] = [Node, ("limit", 1)],
        ["create_enrollment_key"] = [Node, ("name", "key")],
        ["xray_status"] = [Node],
        ["xray_add_user"] = [Node, ("name", "anna")],
        ["xray_user_links"] = [Node, ("name", "anna"), ("reveal", true)],
        ["xray_remove_user"] = [Node, ("name", "anna")],
        ["unit_status"] = [Node],
        ["set_unit"] = [Node, ("unit", "a.service"), ("active", false)],
        ["package_status"] = [Node],
        ["install_package"] = [Node, ("package", "htop")],
        ["list_changes"] = [Node, ("limit", 3)],
        ["confirm_change"] = [Node, ("generation", 7)],
        ["rollback_change"] = [Node, ("to", 3)],
        ["check_node"] = [Node, ("all", true)],
        ["list_ports"] = [Node],
        ["list_events"] = [Node, ("limit", 1)],
        ["search_audit"] = [Node, ("limit", 1)],
        ["get_schema"] = [("section", "bridge")],
        ["validate_state"] = [Node, ("state", "{}")],
        ["diff_states"] = [Node, ("from", 3)],
        ["list_edits"] = [Node, ("limit", 2)],
        ["list_templates"] = [Node],
        ["list_secrets"] = [Node],
        ["invite_node"] = [Node, ("name", "edge1")],
        ["undo_change"] = [Node, ("generation", 3)],
        ["trace_packet"] = [Node, ("packet", "in_port=veth100,tcp")],
    };

    /// <summary>Needs the approval of a user, which this client cannot ask for.</summary>
    public const string Approved = "netmaker_join";

    static (string, object?) Node => ("node", "vps");

    public static NodeStatus Healthy(string name) => new(name, "0.2.0",
        [.. new[] { "systemd", "packagekit", "netmaker", "wireguard", "uplink", "bridge", "adapters", "lxc", "xray", "openflow" }.Select(s => new SystemStatus(s, true, true, true))],
        Changes.Generation(12, GenerationStatus.Confirmed), null, false, []);

    public static async Task<ScriptedNode> StartAsync()
    {
        var node = await ScriptedNode.StartAsync();
        node.Says("GET /v1/node", Healthy("vps") with
        {
            Serves = true,
            Pending = Changes.Generation(7, GenerationStatus.AwaitingConfirmation, Changes.ByCaller()),
            Systems =
            [
                new("packagekit", true, true, false) { Waits = [$"{Waits.Path}: {Waits.Message}"] }, new("bridge", true, false, null, "Open vSwitch is down."),
                new("lxc", true, true, false, "start container 100"), new("xray", true, true, null, "It has no template."), new("openflow", true, true, true), new("systemd", false, true, null),
            ],
            Findings = [Waits, Warning, .. Enumerable.Range(0, 12).Select(i => new Finding("warning", $"lxc.containers.{i}", "It forwards."))],
        }, MeshJson.Default.NodeStatus);
        node.Says("GET /v1/state", new StateView("desired", new() { Bridge = new() { Address = "10.1.0.1/24" } }, 3, [Waits]) { Revision = "5e0f-4", Origins = [new("bridge.address", 4, "alice", At, "a test"), new("bridge.ports[a]", 5, "bob", At, null, true)] }, MeshJson.Default.StateView);
        node.Says("POST /v1/plan", new Plan("p9", Steps, [Waits, Warning]) { Blast = new(Ports: ["veth100"], VpnClients: ["phone"]) }, MeshJson.Default.Plan);
        foreach (var change in new[] { "POST /v1/apply", "POST /v1/rollback" })
            node.Reports(change, [new ApplyEvent.Planned(new("p1", Steps, []), 7), new ApplyEvent.Finished(true, Changes.Generation(7, GenerationStatus.Confirmed), null) { News = [Waits, Warning] }]);
        node.Says("POST /v1/generations/7/confirm", Changes.Generation(7, GenerationStatus.Confirmed, Changes.ByCaller() with { ConfirmedBy = "caller reconnected" }), MeshJson.Default.Generation);
        node.Says("GET /v1/generations/7", Changes.Generation(7, GenerationStatus.AwaitingConfirmation, Changes.ByCaller()), MeshJson.Default.Generation);
        node.Says<IReadOnlyList<HistoryEntry>>("GET /v1/history",
        [
            new(Changes.Generation(5, GenerationStatus.AwaitingConfirmation, Changes.ByCaller()), null),
            new(Changes.Generation(4, GenerationStatus.RolledBack, error: new(Contracts.Errors.ErrorKind.Timeout, "Nobody confirmed it.")), null),
            new(null, Changes.Operation("repair", "\"flows of mesh: 1 added\"")),
        ], MeshJson.Default.IReadOnlyListHistoryEntry);
        node.Says("GET /v1/flows", new FlowList("mesh", 4, [.. Enumerable.Range(1, 4).Select(i => new ListedFlow($"priority={i},actions=drop", 0, i, "", "drop", i != 2, "0x0", 5 * i, 0))]), MeshJson.Default.FlowList);
        node.Says("POST /v1/trace", new PacketTrace("mesh", "in_port=1,tcp", [new(0, 90, "priority=90,tcp,actions=resubmit(,1)", false, ["resubmit(,1)"]), new(1, null, null, null, [])], "dropped", "drop") { Assumed = ["nw_ttl=64"], Way = ["mesh: in by LOCAL, out by no port"] }, MeshJson.Default.PacketTrace);
        node.Says("GET /v1/containers", new ContainerList(
        [
            new("100", true, true) { Name = "web", Address = "10.1.0.100/24", Veth = "veth100", Services = ["http tcp/80"], Sent = 5, Received = 6, Log = ["http: started"] },
            new("101", true, false) { Veth = "veth101", Waiting = ["no template debian"] }, new("102", false, false) { Veth = "veth102" },
        ], [new("90", "old", At, At.AddDays(7))]), MeshJson.Default.ContainerList);
        node.Says("GET /v1/templates", new TemplateList([new("busybox", "build", At)]), MeshJson.Default.TemplateList);
        node.Says("POST /v1/containers/100/exec", new ContainerExecResult(0, "one\ntwo\n", "", true), MeshJson.Default.ContainerExecResult);
        node.Says("GET /v1/wireguard", new WireguardStatus([new("wg0", "vpn", "up, 1 of 2 clients connected")
        {
            Address = "10.8.0.1/24", ListenPort = 51820, Mtu = 1420,
            Peers = [new("annakey", "up") { Name = "anna", AllowedIps = ["10.8.0.2/32"], Endpoint = "203.0.113.1:2408", Received = 92, Expires = At }, new("bobkey", "never connected")],
        }]), MeshJson.Default.WireguardStatus);
        node.Says("POST /v1/wireguard/clients", new VpnAccess("anna", "10.8.0.2", "annakey", At, "", ["Put the address in."], Changes.Generation(4, GenerationStatus.Confirmed)) { Waits = [Waits], Handover = new(At, Token: "token") }, MeshJson.Default.VpnAccess);
        node.Says("GET /v1/netmaker", new NetmakerStatus(NetmakerMode.Client, "mesh", "nm-mesh", true, true, "10.2.0.2", "api.nm.example", false,
            [new("10.0.0.0/24", false)], [new("vps", "vpskey", "10.2.0.1", ["10.1.0.0/24"], "203.0.113.10:51821", 12, 5, 6, true), new(null, "otherkey", null, [], null, null, 0, 0, false)], "member, the server does not answer"), MeshJson.Default.NetmakerStatus);
        node.Says("GET /v1/netmaker/hosts", new NetmakerHosts([new("1", "vps", "203.0.113.10", 51821, "1.0", "k", new Dictionary<string, string> { ["mesh"] = "10.2.0.1" }, ["10.1.0.0/24"], "online", At), new("2", "b", "203.0.113.11", 51821, "1.0", "k", new Dictionary<string, string>(), [], "offline", null)]), MeshJson.Default.NetmakerHosts);
        node.Says("POST /v1/netmaker/keys", new NewEnrollmentKey("key", "mesh", "", 1, null, false) { Handover = new(At, Token: "token") }, MeshJson.Default.NewEnrollmentKey);
        node.Says("GET /v1/xray", new XrayStatus
        {
            Server = new("202", XrayProgram.V2ray, "4.34.0", true, true, [new("vless", 443, XraySecurity.Tls, 10, 20)], "10.0.0.102:10086"),
            Exit = new("102", XrayProgram.Xray, null, false, false, [new("vless", 10086, XraySecurity.None, null, null)]) { NoTraffic = "xray does not run in container 102." },
            Users = [new("alice", true, 5, 6), new("bob", false, 0, 0)],
            Findings = [Waits],
        }, MeshJson.Default.XrayStatus);
        node.Says("POST /v1/xray/users", new AddedXrayUser("anna", 7, [], [Warning]) { Handover = new(At, Token: "token") }, MeshJson.Default.AddedXrayUser);
        node.Says("GET /v1/xray/users/anna/links", new XrayUserLinks("anna", [new("vless", "vless://one@203.0.113.10:443#anna")]), MeshJson.Default.XrayUserLinks);
        node.Says("GET /v1/units", new UnitList(null, 3, [
            new("a.service", "A", "loaded", "failed", "failed", "enabled") { Failure = "exit-code, its program ended with 1", Wanted = new() { ActiveState = "active" }, Before = new() { ActiveState = "inactive" }, Journal = ["disk full"] },
            new("b.service", "", "not-found", "inactive", "dead", ""), new("c.scope", "", "loaded", "active", "running", ""),
        ]), MeshJson.Default.UnitList);
        node.Says("GET /v1/checkup", new Checkup("vps",
        [
            new("kernel", "kernel", Health.Fine, "6.1"), new("programs", "nft", Health.Broken, "It is not there.", "Install nftables."), new("mesh", "certificate", Health.Warning, "It ends soon.", "Renew it: meshctl node renew"),
        ]), MeshJson.Default.Checkup);
        node.Says("GET /v1/uplink", new UplinkStatus("eth0", ["203.0.113.10"], [new("tcp", 443, "202", "10.1.0.202:443", [], true, 12), new("udp", 53, "100", "10.1.0.100:53", ["198.51.100.0/24"], false, 0)], 5) { Reach = "192.168.1.5 is private (RFC 1918): from the internet it is reached only if the router before this node forwards what is published to it" }, MeshJson.Default.UplinkStatus);
        node.Says("GET /v1/listeners", new ListenerList([new("tcp", "0.0.0.0", 22, "sshd"), new("udp", "127.0.0.1", 323, "chronyd")]), MeshJson.Default.ListenerList);
        node.Says<IReadOnlyList<NodeEvent>>("GET /v1/events/recent", [new(At, "healed", "A flow was put back.") { Number = 9 }, new(At, "apply", "1 step(s) planned", 7) { Number = 8 }], MeshJson.Default.IReadOnlyListNodeEvent);
        node.Says<IReadOnlyList<AuditEntry>>("GET /v1/audit",
        [
            new(5, At, "vps", "server/mcp", "apply", "{\"why\":\"x\"}", "confirmed", 7, "p", "h", "add_flow", "d", "alice"), new(4, At, "vps", "uid 0", "rollback", "{}", "refused: no", null, "p", "h"),
        ], MeshJson.Default.IReadOnlyListAuditEntry);
        node.Says("POST /v1/validate", new StateCheck([new("bridge.address", "is no address", 3, ["10.1.0.1/24"])], [Waits]), MeshJson.Default.StateCheck);
        node.Says("GET /v1/diff", new StateDiff(3, 7, [new("bridge.address", "\"10.1.0.1/24\"", null), new("lxc.containers[100]", null, "{\"id\":\"100\"}")]), MeshJson.Default.StateDiff);
        node.Says("GET /v1/edits", new EditList(9,
        [
            new(9, EditStatus.InEffect, At, "alice", "a test", "openflow.bridges.mesh", "add flow priority=1,actions=drop", null, 7), new(8, EditStatus.Superseded, At, "bob", null, "lxc.containers[100]", "stop container 100", "edit 9 counts instead", null),
            new(7, EditStatus.Absorbed, At, "bob", null, "x", "x", null, null),
        ]), MeshJson.Default.EditList);
        node.Says("GET /v1/secrets", new SecretList([new("warp-profile", At, 500, "abcdef", SecretKind.WarpProfile), new("old", At, 5, "fedcba")]), MeshJson.Default.SecretList);
        node.Says("POST /v1/invites", new Invited("edge1", At, "") { Handover = new(At, Token: "token") }, MeshJson.Default.Invited);
        node.Says("GET /v1/packages", new PackageList(null, [new("lxc", "5.0", "5.1", Ensure.Latest), new("nmap", null, "7.9", null)]), MeshJson.Default.PackageList);
        return node;
    }
}
