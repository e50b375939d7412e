using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Systems.Wireguard;

/// <summary>
/// The section <c>wireguard</c>: the way out and the VPN server as devices with addresses, peers and MTU. Ours carry a link alias; a device that a
/// systemd unit brings up is only looked at. Routes and address translation belong to the adapters.
/// </summary>
public sealed class WireguardSystem(WireguardDevices devices, WantedDevices wantedDevices, WireguardKeys keys, TunnelRecords records, SecretStore secrets, ReleasedAddresses released, NodeStore store, TimeProvider time)
    : HostSystem<WireguardSection, ObservedWireguard>
{
    public override string Name => "wireguard";

    public override IReadOnlyList<string> Carries => ["adapters"];

    public override async Task<ObservedWireguard> ObserveAsync(NodeState desired, CancellationToken ct)
    {
        var findings = new List<Finding>();
        var wanted = desired.Wireguard is { } section ? wantedDevices.Of(section, findings) : [];
        var kept = records.All();
        string[] names = [.. wanted.Select(w => w.Name).Union(kept.Keys)];
        if (names.Length == 0) return ObservedWireguard.None with { Findings = findings };
        var links = await devices.LinksAsync(ct);
        wanted = [.. await Task.WhenAll(wanted.Select(async w => w with { Unit = await devices.UnitOfAsync(w.Name, ct), Before = kept.GetValueOrDefault(w.Name) }))];
        var seen = await Task.WhenAll(links.Where(l => names.Contains(l.Name)).Select(async l => new SeenDevice(l, await devices.DumpAsync(l.Name, ct), kept.GetValueOrDefault(l.Name))));
        findings.AddRange(wanted.Where(w => w.Unit is not null).SelectMany(w => WireguardFindings.Of(w, seen.FirstOrDefault(s => s.Link.Name == w.Name))));
        var observed = new ObservedWireguard(wanted, seen, WireguardDevices.TakenPorts(), findings);
        findings.AddRange(wanted.Where(w => w is { Config: not null, Unit: null, Before: not null }).Select(w => Occupied(w, observed)).OfType<MeshException>().Select(e => new Finding("waiting", e.Error.Target!, e.Message)));
        return observed;
    }

    public override WireguardSection? Ours(ObservedWireguard observed)
    {
        WireguardSection[] items = [.. observed.Devices.Where(d => d.Ours && d.Record is not null).Select(d => d.Record!.Item)];
        return items.Length == 0 ? null : new()
        {
            WarpTunnel = items.Select(i => i.WarpTunnel).FirstOrDefault(i => i is not null),
            VpnServer = items.Select(i => i.VpnServer).FirstOrDefault(i => i is not null),
        };
    }

    public override IEnumerable<Problem> Validate(NodeState desired) => WireguardFaults.Of(desired, secrets);

    public override IEnumerable<(string Path, string? Reference, SecretKind Kind)> Secrets(NodeState state) =>
    [
        .. state.Wireguard?.WarpTunnel is { } warp ? [("wireguard.warp_tunnel.profile", warp.Profile, SecretKind.WarpProfile)] : Array.Empty<(string, string?, SecretKind)>(),
        .. (state.Wireguard?.VpnServer?.Clients ?? []).Select(c => ($"wireguard.vpn_server.clients.{c.Name}.preshared_key", c.PresharedKey, SecretKind.PresharedKey)),
    ];

    public override IEnumerable<(string Secret, string Name)> Revokes(Edit edit, NodeState before) =>
        edit switch
        {
            RemoveVpnClient { Name: var name } => KeysOf(before, name),
            AddVpnClient { Renew: true, Client: var client } => KeysOf(before, client.Name).Where(k => k.Key != client.PublicKey),
            _ => [],
        };

    static IEnumerable<(string Key, string Name)> KeysOf(NodeState state, string client) =>
        (state.Wireguard?.VpnServer?.Clients ?? []).Where(c => c.Name == client && c.PublicKey.Length > 0).Select(c => (c.PublicKey, $"VPN client {client}"));

    public override Edit Resolve(Edit edit, NodeState state)
    {
        if (edit is AddVpnClient { Client: { PublicKey: { } key, Name: var name } } && store.Revoked.Find(key) is { } revoked)
            throw new MeshException(ErrorKind.Conflict, $"The key of {name} was revoked on {revoked.At:u} with {revoked.Name} and is never good again.", "publicKey", "Make a new key for the client, or leave it out and the node makes one.");
        return TunnelEdit.Resolve(edit, state, released, time.GetUtcNow());
    }

    public override IReadOnlyList<Finding> Findings(WireguardSection? desired, ObservedWireguard observed) => observed.Findings;

    public override IReadOnlyList<Step> Plan(WireguardSection? desired, ObservedWireguard observed)
    {
        var steps = new List<Step>();
        foreach (var device in observed.Devices.Where(d => d.Ours && observed.Wanted.All(w => w.Name != d.Link.Name)))
            steps.Add(Step(device.Link.Name, $"remove {device.Link.Name}", [new Touch.Tunnel(device.Link.Name, true, ClientsOf(device.Record?.Item))], ct => RemoveAsync(device, ct), teardown: true));
        foreach (var asked in observed.Wanted.Where(w => w is { Config: not null, Unit: null }))
        {
            if (Occupied(asked, observed) is { } conflict)
            {
                if (asked.Before is null) steps.Add(Engine.Step.Blocked(Name, asked.Path, conflict));
                continue;
            }
            // WireGuard leaves out a peer with the device's own key without a word; the others are none the worse for it.
            var own = observed.Device(asked.Name)?.Dump?.PublicKey;
            var selves = asked.Config!.Peers.ToLookup(p => p.PublicKey == own);
            steps.AddRange(selves[true].Select(self => Engine.Step.Blocked(Name, ItemOf(asked, self), new(ErrorKind.InvalidArgument, $"The public key of {self.Title} is {asked.Name}'s own.",
                asked.Item.VpnServer is null ? asked.Path : $"{asked.Path}.clients.{self.Title}.public_key", "Give the device's own: `wg pubkey` on the device prints it."))));
            var config = asked.Config with { Peers = [.. selves[false]] };
            var (name, wanted) = (asked.Name, asked with { Config = config });
            switch (observed.Device(name))
            {
                case null:
                    steps.Add(Step(name, $"bring up {name} ({config.Address}, {Count(config)})", [new Touch.Tunnel(name, false, ClientsOf(wanted.Item)), new Touch.Address(name, null, config.Address, AddressPath(wanted))], ct => MakeAsync(wanted, ct), details: [.. config.Peers.Select(p => $"+ peer {p.Title}")]));
                    break;
                case { Dump: null } silent:
                    steps.Add(Step(name, $"make {name} anew: WireGuard does not answer for it", [new Touch.Tunnel(name, true, ClientsOf(wanted.Item))], ct => RemakeAsync(wanted, silent, ct)));
                    break;
                case var there:
                    steps.AddRange(Changes(wanted, there));
                    break;
            }
        }
        return steps;
    }

    protected override WireguardSection? Section(NodeState state) => state.Wireguard;

    protected override NodeState With(NodeState state, WireguardSection? section) => state with { Wireguard = section };

    /// <summary>Who has the name or the port; null when nobody else does.</summary>
    static MeshException? Occupied(WantedDevice wanted, ObservedWireguard observed)
    {
        if (observed.Device(wanted.Name) is { } there)
            return there.Ours ? null : new(ErrorKind.Conflict, $"A network device {wanted.Name} ({there.Link.Kind ?? "hardware"}) is on this node already and is not ours.", $"{wanted.Path}.interface",
                $"Remove it with ip link delete {wanted.Name} where it was made, or choose another name in the state.");
        if (wanted.Config!.ListenPort is not { } port || !observed.TakenPorts.Contains(port) || observed.Devices.Any(d => d.Ours && d.Dump?.ListenPort == port)) return null;
        return new(ErrorKind.Conflict, $"UDP port {port} is in use on this node, so {wanted.Name} cannot listen on it.", $"{wanted.Path}.listen_port", $"`ss -ulpn sport = :{port}` names the program; stop it, or choose another port.");
    }

    IEnumerable<Step> Changes(WantedDevice wanted, SeenDevice there)
    {
        var (name, config) = (wanted.Name, wanted.Config!);
        var changes = DeviceChanges.Of(wanted, there);
        var record = RecordOf(wanted, there);
        var moves = DeviceChanges.MovesServer(config, there.Dump!);
        if (changes.Count > 0)
            yield return Step(name, $"set {name}: {(changes is [var only] ? only : $"{changes.Count} changes")}", [new Touch.Tunnel(name, moves, moves ? ClientsOf(wanted.Item) : DeviceChanges.ClientsOf(wanted, there))], async ct =>
            {
                await devices.ConfigureAsync(config, config.PrivateKey ?? await keys.OwnAsync(name, ct), there.Dump!.ListenPort, ct);
                Remember(wanted, record);
            }, details: changes);
        var shape = there.Link is { Up: true } && there.Link.Mtu == config.Mtu && there.Link.Addresses is [var address] && address == config.Address
            && there.Link.Ipv6.SequenceEqual(config.Ipv6 is { } ipv6 ? [ipv6] : []);
        if (!shape)
            yield return Step(name, $"give {name} the address {config.Address}, MTU {config.Mtu}, and take it up", [new Touch.Tunnel(name, there.Link.Up && there.Link.Addresses is [var now] && now != config.Address, ClientsOf(wanted.Item)), new Touch.Address(name, there.Link.Addresses is [var first, ..] ? first : null, config.Address, AddressPath(wanted))], ct => devices.ShapeAsync(config, there.Link, ct));
        if (changes.Count == 0 && !TunnelRecords.Same(there.Record, record))
            yield return Step(name, $"keep the settings of {name}", [], _ =>
            {
                Remember(wanted, record);
                return Task.CompletedTask;
            });
    }

    async Task MakeAsync(WantedDevice wanted, CancellationToken ct)
    {
        var key = wanted.Config!.PrivateKey ?? await keys.OwnAsync(wanted.Name, ct);
        await devices.MakeAsync(wanted.Config, key, ct);
        Remember(wanted, RecordOf(wanted, null));
    }

    async Task RemakeAsync(WantedDevice wanted, SeenDevice silent, CancellationToken ct)
    {
        await devices.DeleteAsync(silent.Link.Name, ct);
        await MakeAsync(wanted, ct);
    }

    async Task RemoveAsync(SeenDevice device, CancellationToken ct)
    {
        await devices.DeleteAsync(device.Link.Name, ct);
        Release(device.Record?.Item.VpnServer, null);
        records.Delete(device.Link.Name);
    }

    void Remember(WantedDevice wanted, TunnelRecord record)
    {
        Release(wanted.Before?.Item.VpnServer, wanted.Item.VpnServer);
        records.Write(wanted.Name, record);
    }

    /// <summary>Addresses of clients that were there and are gone must cool down; and keys that others have taken the place of.</summary>
    void Release(VpnServer? before, VpnServer? now)
    {
        var gone = (before?.Clients ?? []).Where(c => now?.Clients.Any(n => n.Address == c.Address && n.PresharedKey == c.PresharedKey) != true).ToList();
        if (gone.Count > 0) released.Add(gone.Select(c => new ReleasedAddress(c.Address, time.GetUtcNow(), c.PresharedKey)));
    }

    /// <summary>A far end that is not resolved yet has not been set.</summary>
    static TunnelRecord RecordOf(WantedDevice wanted, SeenDevice? there) =>
        new(wanted.Item, wanted.Config?.Peers is [{ Endpoint: not null }] ? wanted.EndpointText : there?.Record?.Endpoint);

    static IReadOnlyList<string> ClientsOf(WireguardSection? item) => [.. (item?.VpnServer?.Clients ?? []).Select(c => c.Name)];

    static string ItemOf(WantedDevice wanted, PeerConfig peer) => wanted.Item.VpnServer is null ? wanted.Path : $"{wanted.Path}.clients[{peer.Title}]";

    static string AddressPath(WantedDevice wanted) => $"{wanted.Path}.{(wanted.Item.VpnServer is null ? "profile" : "ip_pool")}";

    static string Count(DeviceConfig config) => config.Peers.Count == 1 ? "1 peer" : $"{config.Peers.Count} peers";

    Step Step(string target, string summary, IReadOnlyList<Touch> touches, Func<CancellationToken, Task> run, bool teardown = false, IReadOnlyList<string>? details = null) =>
        new(new(Name, target, summary, Details: details is { Count: > 0 } ? details : null), run, teardown) { Touches = touches };
}
