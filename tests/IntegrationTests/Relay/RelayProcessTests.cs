using System.Diagnostics;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Server.Relay;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.Relay;

/// <summary>The relay as it is run: <c>meshmcp-server relay --config FILE</c>.</summary>
public sealed partial class RelayProcessTests
{
    static readonly TimeSpan Hang = TimeSpan.FromSeconds(20);
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static Process Start(string configuration) => Process.Start(new ProcessStartInfo(PrivateNode.Binary("Server", "meshmcp-server"), ["relay", "--config", configuration])
    {
        RedirectStandardError = true,
    })!;

    [Fact]
    public async Task It_serves_and_ends_with_0_on_sigterm()
    {
        await using var mesh = await TestMesh.StartAsync();
        var settings = mesh.Configuration;
        await File.WriteAllTextAsync(mesh.PathTo("relay.json"), JsonSerializer.Serialize(new
        {
            listen = new[] { "127.0.0.1:0" }, ca = settings.Authority, certificate = settings.Certificate.Certificate, key = settings.Certificate.Key, socket = settings.Socket,
        }), Ct);
        using var relay = Start(mesh.PathTo("relay.json"));
        try
        {
            var port = "";
            while (port.Length == 0) port = Listening().Match(await relay.StandardError.ReadLineAsync(Ct).AsTask().WaitAsync(Hang, Ct) ?? throw new InvalidOperationException("it ended")).Groups[1].Value;
            using var client = new HttpClient(NodeTransport.Create(new NodeEndpoint.Relay(TestMesh.Node, $"127.0.0.1:{port}", mesh.Server))) { BaseAddress = new("http://hostbridge/") };
            Assert.Equal("hello", await client.GetStringAsync("hello", Ct));

            await CliWrap.Cli.Wrap("kill").WithArguments(["-TERM", $"{relay.Id}"]).ExecuteAsync(Ct);

            await relay.WaitForExitAsync(Ct).WaitAsync(Hang, Ct);
            Assert.Equal(0, relay.ExitCode);
        }
        finally
        {
            if (!relay.HasExited) relay.Kill();
        }
    }

    [Fact]
    public async Task It_refuses_to_start_with_a_wrong_file_and_lists_the_problems()
    {
        await using var mesh = await TestMesh.StartAsync();
        await File.WriteAllTextAsync(mesh.PathTo("relay.json"), """{ "lisen": [] }""", Ct);
        using var relay = Start(mesh.PathTo("relay.json"));

        var said = await relay.StandardError.ReadToEndAsync(Ct).WaitAsync(Hang, Ct);
        await relay.WaitForExitAsync(Ct).WaitAsync(Hang, Ct);

        Assert.Equal(2, relay.ExitCode);
        Assert.Contains("lisen", said, StringComparison.Ordinal);
        Assert.Contains("certificate", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_can_listen_on_an_address_that_does_not_exist_yet()
    {
        await using var mesh = await TestMesh.StartAsync();
        var address = IPEndPoint.Parse("192.0.2.77:0");

        await using var door = RelayDoor.Open(mesh.Configuration with { Listen = [address] }, RelayLimits.Default, TimeProvider.System, mesh.Log);

        Assert.Equal(address.Address, Assert.Single(door.Addresses).Address);
    }

    [GeneratedRegex(@"listening on 127\.0\.0\.1:(\d+)")]
    private static partial Regex Listening();
}
