using System.Globalization;
using MeshMcp.Contracts.Edits;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.Hanging;

/// <summary>Whatever the node stands on hangs: what does not stand on that is changed, confirmed and undone in time, and the status says who hangs.</summary>
public sealed class HangingTests
{
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <param name="System">Whose status tells of it.</param>
    /// <param name="Says">In the words of the status.</param>
    /// <param name="Hang">Makes it hang.</param>
    /// <param name="Section">What it needs in the document.</param>
    /// <param name="Flows">What is changed meanwhile: flows, else units.</param>
    /// <param name="Hangs">Returns once it does; null: at once.</param>
    sealed record Case(string System, string Says, Func<HangingNode, Task> Hang, string Section = "", bool Flows = true, Func<HangingNode, Task>? Hangs = null)
    {
        public Func<HangingNode, Task> Prepare { get; init; } = _ => Task.CompletedTask;

        public Edit Change(int number) => Flows ? new AddFlow($"priority=61,udp,tp_dst={1000 + number},actions=drop", "mesh") : new SetUnit($"probe{number}.service", ActiveState: "active");
    }

    static Dictionary<string, Case> Cases { get; } = new()
    {
        ["the message bus"] = new("systemd", "org.freedesktop.systemd1", node => StopUnitAsync(node, "dbus.service")),
        ["PackageKit"] = new("packagekit", "org.freedesktop.PackageKit", async node =>
        {
            await StopUnitAsync(node, "packagekit.service");
            // What it said of packages counts until somebody changes one.
            File.SetLastWriteTimeUtc(node.Seen("/var/lib/dpkg/status"), TimeProvider.System.GetUtcNow().UtcDateTime);
        }, """, "packagekit": { "packages": { "no-such-package": { "ensure": "installed" } } }"""),
        ["netclient"] = new("netmaker", "leave Netmaker network probe", _ => Task.CompletedTask, Hangs: node => node.HangsAsync("netclient"))
        {
            // A membership of ours that was left, and is to end for good.
            Prepare = async node =>
            {
                node.ReplaceByHanging("netclient");
                Directory.CreateDirectory(node.Seen("/etc/netclient"));
                await File.WriteAllTextAsync(node.Seen("/var/lib/meshmcp/netmaker.json"), """{ "mode": "client", "network": "probe", "interface": "nm-probe" }""", Ct);
                await File.WriteAllTextAsync(node.Seen("/etc/netclient/nodes.json"), """{ "probe": { "id": "1", "network": "probe", "connected": false } }""", Ct);
            },
        },
        ["ovsdb-server"] = new("bridge", "ovsdb-server at", async node => await node.StopAsync(await PidOfAsync(node, "ovsdb-server")), Flows: false),
        ["ovs-vswitchd"] = new("openflow", "`ovs-ofctl", async node => await node.StopAsync(await PidOfAsync(node, "ovs-vswitchd")), Flows: false),
        ["wg"] = new("wireguard", "`wg show wg0 dump` has not ended", node =>
        {
            node.ReplaceByHanging("wg");
            return Task.CompletedTask;
        }, """, "wireguard": { "vpn_server": { "interface": "wg0", "listen_port": 51820, "ip_pool": "10.8.0.0/24", "auto_provision": true } }"""),
        ["lxc-start"] = new("lxc", "start container 100", async node =>
        {
            node.ReplaceByHanging("lxc-start");
            // The container waits for it.
            await node.Client.AddTemplateAsync("small", new() { Build = "busybox" }, Ct);
        }, """, "lxc": { "containers": [ { "id": "100", "veth": "veth100", "properties": { "template": "small", "ipv4_address": "10.1.0.100/24" } } ] }""", Hangs: node => node.HangsAsync("lxc-start")),
        ["nft"] = new("uplink", "`nft", node =>
        {
            node.ReplaceByHanging("nft");
            return Task.CompletedTask;
        }, """, "uplink": { "masquerade": [] }"""),
        ["ip"] = new("adapters", "`ip ", node =>
        {
            node.ReplaceByHanging("ip");
            return Task.CompletedTask;
        }),
    };

    public static TheoryData<string> Daemons => [.. Cases.Keys];

    [Theory, MemberData(nameof(Daemons))]
    public async Task Beside_what_hangs_changes_are_made_confirmed_and_undone_in_time_and_the_status_says_who(string daemon)
    {
        var hanging = Cases[daemon];
        await using var node = await HangingNode.StartAsync(hanging.Section);
        await hanging.Prepare(node);

        // It begins to hang while a change waits.
        await node.LapseAsync(hanging.Change(1), () => hanging.Hang(node));
        if (hanging.Hangs is { } hangs) await hangs(node);
        await Eventually.True(async () => (await node.StatusOfAsync(hanging.System)).Contains(hanging.Says, StringComparison.Ordinal), Soon, $"the status says who hangs: {await node.StatusOfAsync(hanging.System)}", Ct);

        // And has hung before another begins.
        await node.KeepAsync(hanging.Change(2));
        await node.LapseAsync(hanging.Change(3), () => node.StatusOfAsync(hanging.System));
        Assert.Contains((await node.Client.CheckupAsync(Ct).WaitAsync(Soon, Ct)).Checks, c => $"{c.Says} {c.Next}".Contains(hanging.Says, StringComparison.Ordinal));
        TestContext.Current.TestOutputHelper?.WriteLine($"{daemon}: undone at most {node.Worst.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture)} s after the deadline");
    }

    static async Task StopUnitAsync(HangingNode node, string unit)
    {
        await node.Machine.ExecAsync("systemctl", "start", unit);
        await node.StopAsync(await node.Machine.ShowAsync(unit, "MainPID"));
    }

    static async Task<string> PidOfAsync(HangingNode node, string daemon) => (await File.ReadAllTextAsync(node.Seen($"/run/openvswitch/{daemon}.pid"), Ct)).Trim();
}
