using System.Net;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.Store;
using MeshMcp.HostBridge.Systems.Wireguard;
using Xunit;

namespace MeshMcp.UnitTests.Wireguard;

/// <summary>The pure part: two states of a device in, steps out.</summary>
public sealed class DevicePlanTests
{
    static readonly VpnServer Server = new() { Interface = "wg0", ListenPort = 51820, IpPool = "10.8.0.0/24", Clients = [new() { Name = "anna", Address = "10.8.0.2", PublicKey = Keys.Of(2) }] };
    static readonly WireguardSection Section = new() { VpnServer = Server };
    static readonly DeviceConfig Config = new("wg0", new(Keys.Of(1)), 51820, "10.8.0.1/24", 1420, [new("anna", Keys.Of(2), new(Keys.Of(3)), ["10.8.0.2/32"])]);
    static readonly WantedDevice Wanted = new("wg0", Section, "wireguard.vpn_server", Config);
    static readonly SeenLink Link = new("wg0", SeenDevice.Mark, "tun", 1420, true, ["10.8.0.1/24"]);
    static readonly WgPeer Peer = new(Keys.Of(2), new(Keys.Of(3)), "198.51.100.10:4000", ["10.8.0.2/32"], null, 0, 0, 0);
    static readonly WgDump Dump = new(new(Keys.Of(1)), Keys.Of(9), 51820, [Peer]);
    static readonly SeenDevice There = new(Link, Dump, new(Section));

    static readonly WireguardSystem System = new(null!, null!, null!, null!, null!, null!, null!, TimeProvider.System);

    [Fact]
    public void A_device_that_is_as_wanted_needs_no_step_wherever_its_peers_are() => Assert.Empty(Plan(Wanted, There));

    [Fact]
    public void A_client_with_the_servers_own_key_is_refused_with_its_name_and_holds_up_no_other()
    {
        PeerConfig twin = new("twin", Keys.Of(9), null, ["10.8.0.3/32"]);
        VpnClient client = new() { Name = "twin", Address = "10.8.0.3", PublicKey = Keys.Of(9) };
        WantedDevice With(IReadOnlyList<VpnClient> clients, params IReadOnlyList<PeerConfig> peers) =>
            Wanted with { Item = new() { VpnServer = Server with { Clients = clients } }, Config = Config with { Peers = peers } };
        var both = With([.. Server.Clients, client], [.. Config.Peers, twin]);
        var there = There with { Record = new(both.Item) };

        var step = Assert.Single(Plan(both, there));
        Assert.Equal((ErrorKind.InvalidArgument, "The public key of twin is wg0's own.", "wireguard.vpn_server.clients.twin.public_key"), (step.NotNow!.Kind, step.NotNow.Message, step.NotNow.Target));
        Assert.Equal("wireguard.vpn_server.clients[twin]", step.Item);
        // Another one goes, and it goes itself.
        Assert.Equal(["- peer anna"], Assert.Single(Plan(With([client], twin), there), s => s.NotNow is null).Shown.Details);
        Assert.Null(Assert.Single(Plan(With(Server.Clients, Config.Peers), there)).NotNow);
    }

    [Fact]
    public void What_was_observed_of_ours_is_the_section_it_was_made_from() =>
        Assert.Equal(Section, System.Ours(new([], [There, new(Link with { Name = "eth0", Alias = null }, null, null)], new HashSet<int>(), [])));

    [Theory]
    [InlineData("key")]
    [InlineData("port")]
    [InlineData("preshared")]
    [InlineData("allowed")]
    [InlineData("stranger")]
    [InlineData("missing")]
    [InlineData("address")]
    [InlineData("ipv6")]
    [InlineData("mtu")]
    [InlineData("down")]
    [InlineData("silent")]
    [InlineData("record")]
    public void Each_difference_is_one_step_that_shows_no_key(string what)
    {
        var changed = what switch
        {
            "key" => There with { Dump = Dump with { PrivateKey = new(Keys.Of(7)) } },
            "port" => There with { Dump = Dump with { ListenPort = 4 } },
            "preshared" => There with { Dump = Dump with { Peers = [Peer with { PresharedKey = null }] } },
            "allowed" => There with { Dump = Dump with { Peers = [Peer with { AllowedIps = ["10.8.0.9/32"] }] } },
            "stranger" => There with { Dump = Dump with { Peers = [Peer, Peer with { PublicKey = Keys.Of(8) }] } },
            "missing" => There with { Dump = Dump with { Peers = [] } },
            "address" => There with { Link = Link with { Addresses = [] } },
            "ipv6" => There with { Link = Link with { Ipv6 = ["fd6d:6573:6800::a08:1/120"] } },
            "mtu" => There with { Link = Link with { Mtu = 1500 } },
            "down" => There with { Link = Link with { Up = false } },
            "silent" => There with { Dump = null },
            _ => There with { Record = new(new() { VpnServer = Server with { Clients = [] } }) },
        };

        var step = Assert.Single(Plan(Wanted, changed));

        var shown = step.Shown.Summary + string.Join(' ', step.Shown.Details ?? []);
        foreach (var secret in (byte[])[1, 3, 7]) Assert.DoesNotContain(Keys.Of(secret), shown);
    }

    [Fact]
    public void A_far_end_is_set_when_it_is_missing_or_its_text_is_new_and_left_where_it_roamed_to()
    {
        var warp = new WireguardSection { WarpTunnel = new() { Interface = "warp0" } };
        var peer = new PeerConfig("the profile's peer", Keys.Of(2), null, ["0.0.0.0/0"], 25, "cf.test:2408", new(IPAddress.Parse("203.0.113.1"), 2408));
        var wanted = new WantedDevice("warp0", warp, "wireguard.warp_tunnel", new("warp0", new(Keys.Of(1)), null, "172.16.0.2/32", 1280, [peer]));
        var seen = new SeenDevice(new("warp0", SeenDevice.Mark, "tun", 1280, true, ["172.16.0.2/32"]),
            new(new(Keys.Of(1)), null, 40000, [new(Keys.Of(2), null, "203.0.113.77:2408", ["0.0.0.0/0"], null, 0, 0, 25)]), new(warp, "cf.test:2408"));

        Assert.Empty(Plan(wanted, seen));
        Assert.Single(Plan(wanted, seen with { Dump = seen.Dump! with { Peers = [seen.Dump.Peers[0] with { Endpoint = null }] } }));
        Assert.Single(Plan(wanted, seen with { Record = new(warp, "old.test:2408") }));
        // A name that is not resolved yet waits.
        Assert.Empty(Plan(wanted with { Config = wanted.Config! with { Peers = [peer with { Endpoint = null }] } }, seen));
    }

    [Fact]
    public void A_device_of_another_is_a_conflict_and_one_of_a_unit_is_left_to_it()
    {
        var foreign = There with { Link = Link with { Alias = null } };

        Assert.Equal(ErrorKind.Conflict, Assert.Single(Plan(Wanted, foreign)).NotNow!.Kind);
        Assert.Empty(Plan(Wanted with { Unit = "wg-quick@wg0.service" }, foreign));
    }

    [Fact]
    public void Who_takes_the_name_of_a_device_that_was_ours_does_not_hold_up_the_rest_of_the_node() =>
        Assert.Empty(Plan(Wanted with { Before = new(Section) }, There with { Link = Link with { Alias = null } }));

    [Fact]
    public void What_is_no_longer_wanted_is_removed_first_and_only_when_it_is_ours()
    {
        Assert.True(Assert.Single(Plan(null, There)).Teardown);
        Assert.Empty(Plan(null, There with { Link = Link with { Alias = null } }));
        // Waiting is not "unwanted".
        Assert.Empty(Plan(Wanted with { Config = null }, There));
    }

    [Fact]
    public void A_unit_owns_a_device_when_it_runs_or_is_enabled()
    {
        const string Idle = "Id=wg-quick@warp0.service\nLoadState=loaded\nActiveState=inactive\nUnitFileState=disabled\n\nId=wg-quick-warp0.service\nLoadState=not-found\nActiveState=inactive\nUnitFileState=\n";

        Assert.Null(WireguardDevices.OwningUnit(Idle));
        Assert.Equal("wg-quick@warp0.service", WireguardDevices.OwningUnit(Idle.Replace("UnitFileState=disabled", "UnitFileState=enabled", StringComparison.Ordinal)));
        Assert.Equal("wg-quick-warp0.service", WireguardDevices.OwningUnit(Idle.Replace("not-found", "loaded", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_dead_tunnel_is_one_that_sends_and_gets_no_handshake()
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(1_000_000);
        var well = Peer with { Handshake = now.AddSeconds(-200), Sent = 100 };

        Assert.False(TunnelHealth.IsDead((well, now.AddSeconds(-100)), well, now));
        Assert.True(TunnelHealth.IsDead((well, now.AddSeconds(-100)), well with { Sent = 248 }, now));
        Assert.False(TunnelHealth.IsDead((well, now.AddSeconds(-100)), well with { Sent = 248, Handshake = now.AddSeconds(-60) }, now));
        Assert.False(TunnelHealth.IsDead((Peer, now.AddSeconds(-100)), Peer, now));
        Assert.True(TunnelHealth.IsDead((Peer, now.AddSeconds(-15)), Peer with { Sent = 148 }, now));
    }

    static IReadOnlyList<Step> Plan(WantedDevice? wanted, params IReadOnlyList<SeenDevice> seen) =>
        System.Plan(wanted?.Item, new(wanted is null ? [] : [wanted], seen, new HashSet<int>(), []));
}
