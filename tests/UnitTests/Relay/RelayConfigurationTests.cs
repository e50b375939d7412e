using System.Net;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.Server.Relay;
using Xunit;

namespace MeshMcp.UnitTests.Relay;

public sealed class RelayConfigurationTests
{
    [Fact]
    public void A_whole_file_is_read()
    {
        var configuration = RelayConfiguration.Parse("""{ "listen": ["10.1.0.1:9575", "[::1]:9575"], "ca": "/c", "certificate": "/d", "key": "/k" }""", "relay.json");

        Assert.Equal([IPEndPoint.Parse("10.1.0.1:9575"), IPEndPoint.Parse("[::1]:9575")], configuration.Listen);
        Assert.Equal(("/c", new CertificateFiles("/d", "/k"), "/run/meshmcp/hostbridge.sock"), (configuration.Authority, configuration.Certificate, configuration.Socket));
    }

    [Fact]
    public void Every_problem_is_reported_with_its_path()
    {
        var refusal = Assert.Throws<MeshException>(() => RelayConfiguration.Parse("""{ "listen": ["10.1.0.1", "relay.example:1", 7], "certifcate": "/d", "ca": "c", "key": 1, "socket": null }""", "relay.json")).Error;

        Assert.Equal(ErrorKind.InvalidArgument, refusal.Kind);
        Assert.Equal(["ca", "certifcate", "certificate", "key", "listen[0]", "listen[1]", "listen[2]", "socket"], refusal.Problems!.Select(p => p.Path).Order());
        Assert.Equal(["certificate"], refusal.Problems!.Single(p => p.Path == "certifcate").Nearest!);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{ "listen": [], "listen": [] }""")]
    public void What_is_no_such_file_is_refused(string json) =>
        Assert.Equal("$", Assert.Single(Assert.Throws<MeshException>(() => RelayConfiguration.Parse(json, "relay.json")).Error.Problems!).Path);

    [Theory]
    [InlineData("10.1.0.1:9575", true)]
    [InlineData("[fd00::1]:1", true)]
    [InlineData("node.example:9575", true)]
    [InlineData("10.1.0.1", false)]
    [InlineData(":9575", false)]
    [InlineData("10.1.0.1:65536", false)]
    [InlineData("10.1.0.1:+1", false)]
    [InlineData("fd00::1:9575", false)]
    [InlineData("a b:1", false)]
    public void An_address_has_a_host_and_a_port(string text, bool valid) => Assert.Equal(valid, HostPort.TryParse(text, out _));
}
