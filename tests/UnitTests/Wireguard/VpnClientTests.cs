using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Store;
using MeshMcp.HostBridge.Systems.Wireguard;
using Xunit;

namespace MeshMcp.UnitTests.Wireguard;

public sealed class VpnClientTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("meshmcp-vpn-").FullName;

    static NodeState State(params IReadOnlyList<VpnClient> clients) => new()
    {
        Bridge = new() { Address = "10.0.0.1/24" },
        Wireguard = new() { WarpTunnel = new() { Interface = "warp0" }, VpnServer = new() { Interface = "wg0", ListenPort = 51820, IpPool = "10.8.0.0/29", Endpoint = "vpn.example", AutoProvision = true, Clients = clients } },
    };

    [Fact]
    public void The_configuration_reaches_the_containers_and_with_an_exit_everything()
    {
        var (state, notes) = (State(), new List<string>());
        var client = new VpnClient { Name = "anna", Address = "10.8.0.2", PublicKey = Keys.Of(2) };

        var text = ClientConfiguration.Text(client, state, new(Keys.Of(1)), new(Keys.Of(3)), Keys.Of(4), notes);

        Assert.Equal($"""
            [Interface]
            PrivateKey = {Keys.Of(1)}
            Address = 10.8.0.2/32
            MTU = 1280

            [Peer]
            PublicKey = {Keys.Of(4)}
            PresharedKey = {Keys.Of(3)}
            AllowedIPs = 10.8.0.1/32, 10.0.0.0/24
            Endpoint = vpn.example:51820
            PersistentKeepalive = 25

            """, text);
        Assert.Empty(notes);
        var exit = state with { Wireguard = state.Wireguard! with { VpnServer = state.Wireguard.VpnServer! with { Exit = "warp0", Dns = ["1.1.1.1"], Endpoint = null } } };
        var all = ClientConfiguration.Text(client, exit, null, null, Keys.Of(4), notes);
        Assert.Contains("AllowedIPs = 10.8.0.1/32, 10.0.0.0/24, 0.0.0.0/0, ::/0\n", all);
        Assert.Contains("Address = 10.8.0.2/32, fd6d:6573:6800::a08:2/128\n", all);
        Assert.Contains("DNS = 1.1.1.1", all);
        Assert.Contains("# PrivateKey", all);
        Assert.Equal(2, notes.Count);
    }

    [Fact]
    public void Names_are_asked_through_an_exit_and_of_a_server_past_the_tunnel_only_with_a_word_about_it()
    {
        var client = new VpnClient { Name = "anna", Address = "10.8.0.2", PublicKey = Keys.Of(2) };
        (string? Line, List<string> Notes) Asked(string? exit, params string[] dns)
        {
            var (state, notes) = (State(), new List<string>());
            state = state with { Wireguard = state.Wireguard! with { VpnServer = state.Wireguard.VpnServer! with { Exit = exit, Dns = dns } } };
            var text = ClientConfiguration.Text(client, state, new(Keys.Of(1)), null, Keys.Of(4), notes);
            return (text.Split('\n').FirstOrDefault(l => l.StartsWith("DNS", StringComparison.Ordinal)), notes);
        }

        var unnamed = Asked("warp0");
        Assert.Equal("DNS = 1.1.1.1", unnamed.Line);
        Assert.Contains("through the tunnel", Assert.Single(unnamed.Notes));
        var named = Asked("warp0", "9.9.9.9");
        Assert.Equal(("DNS = 9.9.9.9", 0), (named.Line, named.Notes.Count));
        Assert.Null(Asked(null).Line);
        Assert.Empty(Asked(null, "10.0.0.53").Notes);
        Assert.Contains("9.9.9.9 lies outside", Assert.Single(Asked(null, "10.0.0.53", "9.9.9.9").Notes));
    }

    [Fact]
    public void An_address_that_is_cooling_down_is_not_given_out()
    {
        var released = new ReleasedAddresses(Path.Combine(_folder, "released.json"), TimeProvider.System);
        released.Add([new("10.8.0.2", TimeProvider.System.GetUtcNow().AddHours(-1)), new("10.8.0.3", TimeProvider.System.GetUtcNow().AddHours(-25))]);

        var added = Assert.IsType<AddVpnClient>(TunnelEdit.Resolve(new AddVpnClient(New("anna")), State(), released, TimeProvider.System.GetUtcNow()));

        Assert.Equal("10.8.0.3", added.Client.Address);
        Assert.Equal(["10.8.0.3"], released.TakeCooled().Select(r => r.Address));
        Assert.Single(released.Cooling);
    }

    [Theory]
    [InlineData("Anna", "no name of a client")]
    [InlineData("taken", "already")]
    public void A_name_must_be_one_and_free(string name, string reason) =>
        Assert.Contains(reason, Assert.Throws<MeshException>(() => TunnelEdit.Resolve(new AddVpnClient(New(name)), State(New("taken") with { Address = "10.8.0.2", PublicKey = Keys.Of(9) }), None(), TimeProvider.System.GetUtcNow())).Message);

    [Fact]
    public void A_client_that_is_over_before_it_begins_is_refused_and_one_that_is_there_is_not()
    {
        var (now, there) = (TimeProvider.System.GetUtcNow(), New("taken") with { Address = "10.8.0.2", PublicKey = Keys.Of(9), Expires = DateTimeOffset.UnixEpoch });

        Assert.Contains("is over already", Assert.Throws<MeshException>(() => TunnelEdit.Resolve(new AddVpnClient(New("anna") with { Expires = now }), State(), None(), now)).Message);
        Assert.Equal(new AddVpnClient(there), TunnelEdit.Resolve(new AddVpnClient(there), State(there), None(), now));
    }

    [Fact]
    public void Removing_what_is_not_there_names_what_resembles_it()
    {
        var error = Assert.Throws<MeshException>(() => TunnelEdit.Resolve(new RemoveVpnClient("ana"), State(New("anna") with { Address = "10.8.0.2" }), None(), TimeProvider.System.GetUtcNow())).Error;

        Assert.Equal(["anna"], Assert.Single(error.Problems!).Nearest);
    }

    [Fact]
    public void New_keys_are_for_a_client_that_is_there_who_keeps_address_and_expiry()
    {
        var until = new DateTimeOffset(2027, 1, 31, 0, 0, 0, TimeSpan.Zero);
        var state = State(New("anna") with { Address = "10.8.0.2", Expires = until }, New("bob") with { Address = "10.8.0.3", PublicKey = Keys.Of(6) });
        Edit Renewed(VpnClient client) => TunnelEdit.Resolve(new AddVpnClient(client, Renew: true), state, None(), TimeProvider.System.GetUtcNow());
        MeshError Refused(VpnClient client) => Assert.Throws<MeshException>(() => Renewed(client)).Error;
        var anew = New("anna") with { PublicKey = Keys.Of(7), PresharedKey = "secret:vpn-anna-2" };

        var renewed = Assert.IsType<AddVpnClient>(Renewed(anew));

        Assert.Equal(anew with { Address = "10.8.0.2", Expires = until }, renewed.Client);
        Assert.Equal([renewed.Client, state.Wireguard!.VpnServer!.Clients[1]], renewed.Apply(state).Wireguard!.VpnServer!.Clients);
        Assert.Equal("give VPN client anna new keys", renewed.Describe());
        Assert.Equal(until.AddDays(1), Assert.IsType<AddVpnClient>(Renewed(anew with { Expires = until.AddDays(1) })).Client.Expires);
        Assert.Equal((ErrorKind.NotFound, "anna"), (Refused(anew with { Name = "ana" }).Kind, Refused(anew with { Name = "ana" }).Problems![0].Nearest![0]));
        Assert.Equal((ErrorKind.Conflict, "address"), (Refused(anew with { Address = "10.8.0.4" }).Kind, Refused(anew with { Address = "10.8.0.4" }).Target));
        Assert.Contains("bob has this public key", Refused(anew with { PublicKey = Keys.Of(6) }).Message, StringComparison.Ordinal);
        Assert.Contains("needs a public key", Refused(anew with { PublicKey = "" }).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_the_node_makes_no_keys_a_client_keeps_its_own_and_only_the_shared_one_is_new()
    {
        var state = State(New("anna") with { Address = "10.8.0.2" });
        state = state with { Wireguard = state.Wireguard! with { VpnServer = state.Wireguard.VpnServer! with { AutoProvision = false } } };

        var renewed = Assert.IsType<AddVpnClient>(TunnelEdit.Resolve(new AddVpnClient(New("anna") with { PublicKey = "", PresharedKey = "secret:vpn-anna-2" }, Renew: true), state, None(), TimeProvider.System.GetUtcNow()));

        Assert.Equal((Keys.Of(5), "secret:vpn-anna-2"), (renewed.Client.PublicKey, renewed.Client.PresharedKey));
    }

    [Fact]
    public void Every_fault_of_the_section_is_reported_at_its_path()
    {
        var state = State(New("a") with { Address = "10.8.0.1" }, New("a") with { Address = "10.8.0.2", PublicKey = "x" }, New("b") with { Address = "10.8.0.2", PresharedKey = "plain" });
        state = state with { Wireguard = state.Wireguard! with { WarpTunnel = new() { Interface = "wg0", Profile = "[Interface]" }, VpnServer = state.Wireguard.VpnServer! with { ListenPort = 0, Exit = "warp1", Dns = ["resolver"] } } };

        string[] paths = [.. WireguardFaults.Of(state, new SecretStore(_folder)).Select(p => p.Path)];

        Assert.Equal([
            "wireguard.warp_tunnel.profile", "wireguard.vpn_server.listen_port", "wireguard.vpn_server.dns", "wireguard.vpn_server.exit",
            "wireguard.vpn_server.clients[0].address", "wireguard.vpn_server.clients[1].name", "wireguard.vpn_server.clients[1].public_key",
            "wireguard.vpn_server.clients[2].address", "wireguard.vpn_server.clients[2].public_key", "wireguard.vpn_server.clients[2].preshared_key",
            "wireguard.vpn_server.interface",
        ], paths);
    }

    [Theory]
    [InlineData(null, true, true)]
    [InlineData(51821, true, true)]
    [InlineData(51822, true, false)]
    [InlineData(null, false, false)]
    public void The_server_does_not_listen_where_the_mesh_does(int? port, bool member, bool refused)
    {
        var state = State() with { Netmaker = new() { Mode = NetmakerMode.Client, Enabled = member, Network = "n", Interface = "nm", ListenPort = port } };
        state = state with { Wireguard = new() { VpnServer = state.Wireguard!.VpnServer! with { ListenPort = 51821 } } };

        Assert.Equal(refused ? ["wireguard.vpn_server.listen_port"] : [], WireguardFaults.Of(state, new SecretStore(_folder)).Select(p => p.Path));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    ReleasedAddresses None() => new(Path.Combine(_folder, "none.json"), TimeProvider.System);

    static VpnClient New(string name) => new() { Name = name, Address = "", PublicKey = Keys.Of(5) };
}
