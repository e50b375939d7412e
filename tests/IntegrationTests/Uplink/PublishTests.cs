using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.IntegrationTests.Adapters;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.Uplink;

/// <summary>Ports of the node's public address that containers serve, with real packets from a user, a container and the node itself.</summary>
public sealed class PublishTests(TwoNodes nodes) : IClassFixture<TwoNodes>, IAsyncLifetime
{
    const string Others = "198.51.100.77/32";

    static readonly string[] Networks = [TwoNodes.UserAddress + "/32"];

    public async ValueTask InitializeAsync()
    {
        await nodes.ApplyAsync(TwoNodes.Vps, State());
        using var client = nodes.Client(TwoNodes.Vps);
        foreach (var port in (await client.UplinkAsync(default)).Published) await EditAsync(new UnpublishPort(port.Protocol, port.Port));
    }

    public ValueTask DisposeAsync() => default;

    [Fact]
    public async Task A_user_reaches_the_container_with_his_own_address_and_so_do_the_node_and_containers_by_the_public_one()
    {
        using var api = TwoNodes.Answer(nodes.Container(201), TwoNodes.AddressOf(201), 8080);
        await PublishAsync(Port(8080));

        Assert.Equal(TwoNodes.UserAddress, await AskAsync("user"));
        Assert.Equal(TwoNodes.Public, await AskAsync(TwoNodes.Vps));
        // Another container of the same network, and the very container that serves it: the bridge's address stands for them, or answers would go astray.
        Assert.Equal("10.1.0.1", await TwoNodes.AskAsync(nodes.Container(202), TwoNodes.Public, 8080));
        Assert.Equal("10.1.0.1", await TwoNodes.AskAsync(nodes.Container(201), TwoNodes.Public, 8080));
        Assert.Matches(@"tcp/8080 +201 +10\.1\.0\.201:8080 +everybody +open +4", await nodes.RunAsync(TwoNodes.Vps, "meshctl", "published"));
    }

    [Fact]
    public async Task Sources_keep_others_out_and_another_port_in_the_container_works()
    {
        using var api = TwoNodes.Answer(nodes.Container(201), TwoNodes.AddressOf(201), 8081);

        await PublishAsync(Port(8080) with { ContainerPort = 8081, Sources = [Others] });
        Assert.Null(await AskAsync("user"));
        await PublishAsync(Port(8080) with { ContainerPort = 8081, Sources = [Others, .. Networks] });
        Assert.Equal(TwoNodes.UserAddress, await AskAsync("user"));
    }

    [Fact]
    public async Task A_closed_port_is_closed_for_those_who_are_in_already()
    {
        using var listener = nodes.Container(201).Inside(() =>
        {
            var made = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Parse(TwoNodes.AddressOf(201)), 8080);
            made.Start();
            return made;
        });
        await PublishAsync(Port(8080));
        using var user = nodes.Place("user").Inside(() => new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp));
        await user.ConnectAsync(TwoNodes.Public, 8080);
        using var served = await listener.AcceptSocketAsync();
        await user.SendAsync("before"u8.ToArray());
        Assert.Equal(6, await served.ReceiveAsync(new byte[16]));

        await nodes.RunAsync(TwoNodes.Vps, "meshctl", "unpublish", "8080");

        // The node itself gets what the user sends now, knows nothing of it, and says so.
        await Assert.ThrowsAnyAsync<System.Net.Sockets.SocketException>(async () =>
        {
            using var limit = new CancellationTokenSource(TwoNodes.Hangs);
            await user.SendAsync("after"u8.ToArray());
            await user.ReceiveAsync(new byte[16], limit.Token);
        });
        Assert.Equal(0, served.Available);
        Assert.Null(await AskAsync("user"));
    }

    [Fact]
    public async Task Only_containers_that_may_use_the_uplink_do()
    {
        using var web = TwoNodes.Answer(nodes.Place("user"), TwoNodes.UserAddress, 80);
        Assert.Equal(TwoNodes.Public, await TwoNodes.AskAsync(nodes.Container(202), TwoNodes.UserAddress, 80));

        await nodes.ApplyAsync(TwoNodes.Vps, State("""{ "masquerade": [ "10.1.0.202" ] }"""));

        Assert.Equal(TwoNodes.Public, await TwoNodes.AskAsync(nodes.Container(202), TwoNodes.UserAddress, 80));
        await using var capture = await Capture.StartAsync(nodes.Lab, TwoNodes.Vps, "net 10.1.0.0/24 and tcp dst port 80");
        Assert.Null(await TwoNodes.AskAsync(nodes.Container(201), TwoNodes.UserAddress, 80));
        Assert.Empty(await capture.EndAsync());
    }

    [Fact]
    public async Task An_edit_of_our_table_is_healed_within_five_seconds_and_others_tables_are_left_alone()
    {
        await PublishAsync(Port(8080));
        using var client = nodes.Client(TwoNodes.Vps);
        await nodes.RunAsync(TwoNodes.Vps, "nft", "add table ip theirs; add chain ip theirs gate { type filter hook forward priority 0; policy drop; }; add rule ip theirs gate accept");
        try
        {
            foreach (var harm in (string[])["flush chain inet meshmcp published", "delete table inet meshmcp", "insert rule inet meshmcp published accept"])
            {
                await nodes.RunAsync(TwoNodes.Vps, "nft", harm);
                await Eventually.True(async () =>
                {
                    var table = await nodes.RunAsync(TwoNodes.Vps, "nft", "-s", "list", "table", "inet", "meshmcp");
                    return table.Contains("dnat ip to 10.1.0.201:8080", StringComparison.Ordinal) && !table.Contains("\t\taccept", StringComparison.Ordinal);
                }, TwoNodes.Healed, $"healed after: {harm}");
            }
            Assert.Contains("policy drop", await nodes.RunAsync(TwoNodes.Vps, "nft", "list", "table", "ip", "theirs"));
            await Eventually.True(async () => (await client.StatusAsync(default)).Findings.Any(f => f.Message.Contains("ip theirs gate", StringComparison.Ordinal)), TwoNodes.Healed, "the status says who drops forwarded packets");
        }
        finally
        {
            await nodes.RunAsync(TwoNodes.Vps, "nft", "delete", "table", "ip", "theirs");
        }
    }

    [Fact]
    public async Task Bad_ports_are_refused_with_the_reason_and_nothing_is_left()
    {
        var table = await nodes.RunAsync(TwoNodes.Vps, "nft", "-s", "list", "table", "inet", "meshmcp");
        using var own = TwoNodes.Answer(nodes.Place(TwoNodes.Vps), "0.0.0.0", 8099);

        Assert.Contains("node's own SSH", (await RefusedAsync(Port(22))).Message);
        Assert.Contains("the relay's", (await RefusedAsync(Port(9575))).Message);
        Assert.Contains("no IPv4 network", (await RefusedAsync(Port(8080) with { Sources = ["198.51.100.10/24"] })).Message);
        Assert.Contains("There is no container 209", (await RefusedAsync(Port(8080) with { Address = null, Container = "209" })).Message);
        Assert.Contains("cannot be published", (await RefusedAsync(Port(8080) with { Protocol = "sctp" })).Message);
        var taken = await RefusedAsync(Port(8099));
        Assert.Equal(ErrorKind.Conflict, taken.Kind);
        Assert.Contains("listens on tcp/8099 itself", taken.Message);
        var closed = (await Assert.ThrowsAsync<MeshException>(() => EditAsync(new UnpublishPort("tcp", 8070)))).Error;
        Assert.Equal(ErrorKind.NotFound, closed.Kind);
        Assert.Equal(table, await nodes.RunAsync(TwoNodes.Vps, "nft", "-s", "list", "table", "inet", "meshmcp"));
    }

    [Fact]
    public async Task What_is_not_confirmed_is_closed_again_and_the_plan_says_what_it_opens()
    {
        using var client = nodes.Client(TwoNodes.Vps);
        var before = await nodes.RunAsync(TwoNodes.Vps, "nft", "-s", "list", "table", "inet", "meshmcp");
        var request = new ChangeRequest { Edits = [new PublishPort(Port(443))], ConfirmWithin = 5 };
        Assert.Contains((await client.PlanAsync(request, default)).Steps, s => s.Summary.Contains("opens tcp/443 to the internet", StringComparison.Ordinal));

        await foreach (var _ in client.ApplyAsync(request, default)) { }
        Assert.Contains("dport 443", await nodes.RunAsync(TwoNodes.Vps, "nft", "-s", "list", "table", "inet", "meshmcp"));

        await Eventually.True(async () => await nodes.RunAsync(TwoNodes.Vps, "nft", "-s", "list", "table", "inet", "meshmcp") == before, TwoNodes.Hangs, "the port is closed again");
    }

    [Fact]
    public async Task A_port_that_is_published_for_a_while_says_what_is_left_and_closes_by_itself()
    {
        using var client = nodes.Client(TwoNodes.Vps);
        await EditAsync(new PublishPort(Port(443)), "15s");
        Assert.InRange(Assert.Single((await client.UplinkAsync(default)).Published, p => p.Port == 443).SecondsLeft!.Value, 0, 15);
        Assert.Matches(@"tcp/443 .* \d+ s", await nodes.RunAsync(TwoNodes.Vps, "meshctl", "published"));
        await EditAsync(new PublishPort(Port(80)));

        await Eventually.True(async () => (await client.UplinkAsync(default)).Published is [{ Port: 80, SecondsLeft: null }], TwoNodes.Hangs, "it is closed, and the other is not");
        Assert.DoesNotContain("dport 443", await nodes.RunAsync(TwoNodes.Vps, "nft", "-s", "list", "table", "inet", "meshmcp"));
        Assert.Contains("end of", await nodes.RunAsync(TwoNodes.Vps, "meshctl", "history"));
    }

    static string State(string uplink = "{}") => $$"""
        { "bridge": { "name": "mesh", "address": "10.1.0.1/24", "ports": [ { "name": "veth200" }, { "name": "veth201" }, { "name": "veth202" } ] },
          "uplink": {{uplink}},
          "openflow": { "bridges": { "mesh": { "flows": [
            "priority=200,arp,actions=normal", "priority=120,ip,nw_dst=10.1.0.0/24,actions=normal", "priority=100,ip,actions=LOCAL", "priority=0,actions=drop" ] } } } }
        """;

    /// <summary>The containers of this test are namespaces, unknown to the state: they are named by their address.</summary>
    static Contracts.State.PublishedPort Port(int port) => new() { Port = port, Container = "201", Address = TwoNodes.AddressOf(201) };

    Task<string?> AskAsync(string from) => TwoNodes.AskAsync(nodes.Place(from), TwoNodes.Public, 8080);

    Task PublishAsync(Contracts.State.PublishedPort port) => EditAsync(new PublishPort(port));

    async Task<MeshError> RefusedAsync(Contracts.State.PublishedPort port) => (await Assert.ThrowsAsync<MeshException>(() => PublishAsync(port))).Error;

    async Task EditAsync(Edit edit, string? @for = null)
    {
        using var client = nodes.Client(TwoNodes.Vps);
        await foreach (var what in client.ApplyAsync(new() { Edits = [edit], For = @for }, default))
            if (what is ApplyEvent.Finished { Error: { } error }) throw new MeshException(error);
    }
}
