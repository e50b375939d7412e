using System.Security.Cryptography;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.Relay;

public sealed class RelayTests
{
    static readonly TimeSpan Hang = TimeSpan.FromSeconds(20);
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_reaches_the_host_bridge_and_is_named_to_it_by_its_certificate()
    {
        await using var mesh = await TestMesh.StartAsync();
        using var client = mesh.Client();

        Assert.Equal("hello", await client.GetStringAsync("hello", Ct));

        var preamble = Assert.Single(mesh.Host!.Preambles);
        Assert.StartsWith($"MESH/1 server mcp {Convert.ToHexStringLower(mesh.Server.Current().Certificate.GetCertHash(HashAlgorithmName.SHA256))} ", preamble);
        Assert.Equal("mcp", RelayPreamble.Read(System.Text.Encoding.ASCII.GetBytes(preamble))?.Name);
    }

    [Fact]
    public async Task Bodies_of_a_megabyte_pass_unchanged_both_ways()
    {
        await using var mesh = await TestMesh.StartAsync();
        using var client = mesh.Client();
        var body = RandomNumberGenerator.GetBytes(1024 * 1024);

        using var answer = await client.PostAsync("echo", new ByteArrayContent(body), Ct);

        Assert.Equal(body, await answer.Content.ReadAsByteArrayAsync(Ct));
    }

    [Fact]
    public async Task A_stream_arrives_line_by_line_while_it_goes_on()
    {
        await using var mesh = await TestMesh.StartAsync();
        using var client = mesh.Client();
        using var response = await client.GetAsync("lines", HttpCompletionOption.ResponseHeadersRead, Ct);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Ct));

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal($"line {i}", await reader.ReadLineAsync(Ct).AsTask().WaitAsync(Hang, Ct));
            mesh.Host!.NextLine.Release();
        }
    }

    [Fact]
    public async Task Fifty_connections_at_once_are_each_their_own()
    {
        await using var mesh = await TestMesh.StartAsync();

        await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ =>
        {
            using var client = mesh.Client();
            var body = RandomNumberGenerator.GetBytes(64 * 1024);
            using var answer = await client.PostAsync("sha256", new ByteArrayContent(body), Ct);
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(body)), await answer.Content.ReadAsStringAsync(Ct));
        }));

        Assert.Equal(50, mesh.Host!.Preambles.Count);
    }

    [Fact]
    public async Task Each_new_transport_is_a_new_connection_and_one_transport_keeps_its_own()
    {
        await using var mesh = await TestMesh.StartAsync();
        using (var client = mesh.Client())
        {
            await client.GetStringAsync("hello", Ct);
            await client.GetStringAsync("hello", Ct);
        }
        Assert.Single(mesh.Host!.Preambles);

        using var fresh = mesh.Client();
        await fresh.GetStringAsync("hello", Ct);

        Assert.Equal(2, mesh.Host.Preambles.Count);
    }

    [Fact]
    public async Task A_host_bridge_that_restarts_between_two_requests_costs_nothing()
    {
        await using var mesh = await TestMesh.StartAsync();
        using var client = mesh.Client();
        await client.GetStringAsync("hello", Ct);

        await mesh.Host!.DisposeAsync();
        mesh.Host = await StandInHostBridge.StartAsync(mesh.Socket);

        Assert.Equal("hello", await client.GetStringAsync("hello", Ct));
        Assert.Single(mesh.Host.Preambles);
    }

    [Fact]
    public async Task A_renewed_certificate_is_used_from_the_next_connection_on()
    {
        await using var mesh = await TestMesh.StartAsync();
        using (var before = mesh.Client()) await before.GetStringAsync("hello", Ct);

        mesh.Renew(MeshRole.Server, "mcp");
        mesh.Renew(MeshRole.Node, TestMesh.Node);
        using var after = mesh.Client();
        await after.GetStringAsync("hello", Ct);

        Assert.Equal(2, mesh.Host!.Preambles.Distinct().Count());
        Assert.DoesNotContain(mesh.Log.Lines, l => l.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_half_made_renewal_is_reported_and_the_earlier_certificate_stays_in_use()
    {
        await using var mesh = await TestMesh.StartAsync();
        await File.WriteAllTextAsync(mesh.Configuration.Certificate.Key, "half a key", Ct);
        using var client = mesh.Client();

        Assert.Equal("hello", await client.GetStringAsync("hello", Ct));
        Assert.Contains(mesh.Log.Lines, l => l.Contains("earlier stay in use", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stop_lets_a_running_exchange_end_and_closes_idle_connections()
    {
        await using var mesh = await TestMesh.StartAsync();
        using var idle = mesh.Client();
        await idle.GetStringAsync("hello", Ct);
        using var busy = mesh.Client();
        var body = new SlowBody(Ct);
        var exchange = busy.PostAsync("sha256", body, Ct);
        await Eventually.True(() => mesh.Host!.Requests == 2, Hang, "the second request runs", Ct);

        var stop = mesh.Door.DisposeAsync().AsTask();
        body.Finish();

        using var answer = await exchange.WaitAsync(Hang, Ct);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData("firstlast"u8)), await answer.Content.ReadAsStringAsync(Ct));
        await stop.WaitAsync(Hang, Ct);
    }
}
