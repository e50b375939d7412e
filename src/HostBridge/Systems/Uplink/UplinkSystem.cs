using System.Text.Json;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.Network;

namespace MeshMcp.HostBridge.Systems.Uplink;

/// <summary>
/// The node's own way to the internet, and the adapters' kill switch: one table of nftables, made from the state as a whole and replaced as a whole.
/// It stands before the bridge in the order of systems, so that no adapter is ever there without its kill switch. Others' tables are never touched.
/// </summary>
public sealed class UplinkSystem(Nft nft, Iproute ip, Listeners listeners, Conntrack conntrack, UplinkRecords records) : HostSystem<UplinkTable, ObservedUplink>
{
    const int MostAttempts = 4;

    public override string Name => "uplink";

    public override async Task<ObservedUplink> ObserveAsync(NodeState desired, CancellationToken ct)
    {
        var (table, record) = (UplinkTable.Of(desired), records.Read());
        if (table is null or { IsEmpty: true } && record is null) return new(null, null, [], null, [], true, []);
        var view = await nft.ReadAsync(ct);
        var forwards = Sysctl.Find(Sysctl.Forwarding) == "1";
        if (table is not { Managed: true }) return new(record, view.Listing, view.DroppingForward, null, [], forwards, []);
        var links = await ip.ReadAsync(ct);
        var device = table.Interface ?? links.DefaultDevice;
        if (device is not null && (device == table.Bridge || table.Adapters.Any(a => a.Tunnel == device || a.Port == device))) device = null;
        return new(record, view.Listing, view.DroppingForward, device, device is null ? [] : links.Device(device)?.GlobalAddresses ?? [], forwards,
            New(table, record).Any() ? await listeners.ReadAsync(ct) : [])
        {
            LeftOut = [.. UplinkTable.LeftOut(desired)],
        };
    }

    public override UplinkTable? Ours(ObservedUplink observed) => observed.Listing is null ? null : observed.Record?.Table;

    public override IEnumerable<Problem> Validate(NodeState desired) => UplinkFaults.Of(desired);

    public override IEnumerable<Problem> NewFaults(NodeState before, NodeState after) => ServedPorts.Taken(before, after);

    public override Edit Resolve(Edit edit, NodeState state) => UplinkChoice.Of(edit, state);

    public override IReadOnlyList<Finding> Findings(UplinkTable? desired, ObservedUplink observed)
    {
        if (desired is null or { IsEmpty: true }) return [];
        var findings = new List<Finding>(observed.LeftOut);
        if (desired.Managed && observed.Device is null)
            findings.Add(new("waiting", "uplink.interface", "The node has no default route, so its uplink is not known: nothing is published, and containers do not reach the internet by it. Name it in uplink.interface."));
        else if (desired.Publish.Count > 0 && observed.Addresses.Count == 0)
            findings.Add(new("waiting", "uplink.interface", $"{observed.Device} has no IPv4 address yet; ports are published once it has."));
        findings.AddRange(observed.DroppingForward.Select(chain => new Finding("warning", "uplink",
            $"Chain {chain} of this node's firewall drops forwarded packets that it does not accept itself (Docker and ufw do that): containers and tunnels may be cut off. "
            + $"Accept them there, with Docker for example: iptables -I DOCKER-USER -i {desired.Bridge ?? "mesh"} -j ACCEPT, the same with -o, and with each p-… device.")));
        return findings;
    }

    public override IReadOnlyList<Step> Plan(UplinkTable? desired, ObservedUplink observed)
    {
        if (desired is null or { IsEmpty: true })
            return observed.Listing is null && observed.Record is null ? []
                : [new(new(Name, "nftables table inet meshmcp", Summary(new(), observed) is { Length: > 0 } words ? words : "remove our nftables table"), ct => RemoveAsync(observed, ct), Teardown: true) { Touches = UplinkTouches.Of(observed, new(), "") }];
        var steps = new List<Step>();
        if (!observed.Forwards)
            steps.Add(new(new(Name, "forwarding", "let the kernel forward IPv4 packets", Details: ["+ net.ipv4.ip_forward = 1"]), ct => Sysctl.SetAsync(Sysctl.Forwarding, "1", ct)));
        var taken = Taken(desired, observed);
        steps.AddRange(taken.Select(t => Step.Blocked(Name, $"uplink.publish[{t.Port.Protocol}/{t.Port.Port}]", t.Why)));
        desired = desired with { Publish = [.. desired.Publish.Except(taken.Select(t => t.Port))] };
        var text = TextOf(desired, observed);
        if (observed.Record?.Text == text && observed.Record.Listing == observed.Listing) return steps;
        var summary = Summary(desired, observed);
        steps.Add(new(
            new(Name, "nftables table inet meshmcp",
                summary.Length > 0 ? summary : observed.Record is null ? "make our nftables table" : observed.Record.Text == text ? "put our nftables table back: somebody changed it" : "replace our nftables table",
                Details: Difference(observed.Record?.Text, text)),
            ct => ReplaceAsync(desired, text, observed.Record, ct))
        {
            Touches = UplinkTouches.Of(observed, desired, text),
        });
        return steps;
    }

    /// <summary>What is inside the table, for <c>nft -f</c>.</summary>
    public static string TextOf(UplinkTable table, ObservedUplink observed) => TableText.Of(table, observed.Device, observed.Addresses);

    protected override UplinkTable? Section(NodeState state) => UplinkTable.Of(state);

    protected override NodeState With(NodeState state, UplinkTable? section) => state with { Uplink = section?.ToSection() };

    protected override string Asked(NodeState state) => UplinkTable.Of(state) is { } table ? JsonSerializer.Serialize(table, UplinkJson.Default.UplinkTable) : "";

    /// <summary>What nft lists twice after the same text is that text in its own words; once could be somebody's edit of a moment later.</summary>
    async Task ReplaceAsync(UplinkTable table, string text, UplinkRecord? before, CancellationToken ct)
    {
        var listing = before?.Text == text ? before.Listing : null;
        for (var attempt = 0; attempt < MostAttempts; attempt++)
        {
            await nft.ReplaceAsync(text, ct);
            var listed = (await nft.ReadAsync(ct)).Listing;
            if (listed is not null && listed == listing) break;
            listing = listed;
        }
        records.Write(new(table, text, listing ?? ""));
        await ForgetAsync(before?.Table, table, ct);
    }

    async Task RemoveAsync(ObservedUplink observed, CancellationToken ct)
    {
        await nft.DeleteAsync(ct);
        records.Delete();
        await ForgetAsync(observed.Record?.Table, new(), ct);
    }

    /// <summary>A port that was closed, or moved to another container, is closed for those too who had come in already; UDP that came before the port was open belongs to nobody.</summary>
    async Task ForgetAsync(UplinkTable? before, UplinkTable after, CancellationToken ct)
    {
        foreach (var gone in Minus(before?.Publish, after.Publish)) await conntrack.ForgetAsync(gone.Protocol, gone.Port, gone.Address, ct);
        foreach (var opened in Minus(after.Publish, before?.Publish).Where(p => p.Protocol == "udp")) await conntrack.ForgetAsync(opened.Protocol, opened.Port, null, ct);
    }

    static IEnumerable<PublishedPort> Minus(IReadOnlyList<PublishedPort>? these, IReadOnlyList<PublishedPort>? those) =>
        (these ?? []).Where(p => !(those ?? []).Any(q => PublishedWords.Same(p, q)));

    static IEnumerable<PublishedPort> New(UplinkTable table, UplinkRecord? record) =>
        table.Publish.Where(p => record?.Table.Publish.Any(q => q.Port == p.Port && q.Protocol == p.Protocol) != true);

    /// <summary>A program of the node would be cut off from outside without noticing. Only of ports that are new: what stands goes on.</summary>
    static List<(PublishedPort Port, MeshException Why)> Taken(UplinkTable desired, ObservedUplink observed)
    {
        var all = new List<(PublishedPort, MeshException)>();
        foreach (var port in New(desired, observed.Record))
            if (observed.Listeners.FirstOrDefault(l => l.On(port.Protocol, port.Port, observed.Addresses)) is { } taken)
                all.Add((port, new(ErrorKind.Conflict, $"{taken.Program} of this node listens on {port.Protocol}/{port.Port} itself; published for container {port.Container} the port would no longer reach it.", "uplink.publish",
                    $"Publish another port with container_port {port.ContainerPort ?? port.Port}, or stop {taken.Program} first.")));
        return all;
    }

    static string Summary(UplinkTable desired, ObservedUplink observed)
    {
        var before = observed.Record?.Table;
        var opened = Minus(desired.Publish, before?.Publish).Select(p => PublishedWords.Opens(p, observed.Addresses));
        var closed = (before?.Publish ?? []).Where(p => desired.Publish.All(q => q.Port != p.Port || q.Protocol != p.Protocol)).Select(p => $"closes {p.Protocol}/{p.Port}");
        return string.Join("; ", [.. opened, .. closed]);
    }

    static IReadOnlyList<string> Difference(string? before, string after)
    {
        var (old, now) = (Lines(before ?? ""), Lines(after));
        return [.. old.Except(now).Select(l => $"- {l}"), .. now.Except(old).Select(l => $"+ {l}")];
    }

    static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
