using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Server.Roles;
using MeshMcp.Tools.Calls;
using Xunit;

namespace MeshMcp.UnitTests.Server;

public sealed class ServerConfigurationTests
{
    [Fact]
    public void The_documented_file_is_read()
    {
        var configuration = ServerConfiguration.Parse("""
            {
              "listen": "10.1.0.200:9573",
              "tls": { "certificate": "/etc/meshmcp/tls.crt", "key": "/etc/meshmcp/tls.key" },
              "publicTls": { "certificate": "/etc/meshmcp/acme/public/tls.crt", "key": "/etc/meshmcp/acme/public/tls.key" },
              "tokens": "/etc/meshmcp/tokens.json",
              "allowedHosts": ["127.0.0.1", "mesh.example"],
              "allowedOrigins": ["https://mesh.example:8443"],
              "identity": { "ca": "/etc/meshmcp/ca.crt", "certificate": "/etc/meshmcp/server.crt", "key": "/etc/meshmcp/server.key" },
              "nodes": { "vps": { "address": "10.1.0.1:9575" }, "oo1424oo": { "address": "10.100.0.2:9575" } },
              "enroll": "vps",
              "approvals": "digest",
              "dashboard": "https://mesh.example:8443"
            }
            """, "server.json");

        Assert.Equal("10.1.0.200:9573", configuration.Listen.ToString());
        Assert.Equal(["vps", "oo1424oo"], configuration.Nodes.Keys);
        var relay = Assert.IsType<NodeEndpoint.Relay>(configuration.Nodes["oo1424oo"]);
        Assert.Equal(("oo1424oo", "10.100.0.2:9575"), (relay.Node, relay.Address));
        Assert.Equal("https", configuration.Http.Scheme);
        Assert.Equal("/etc/meshmcp/acme/public/tls.key", configuration.Http.PublicCertificate!.Key);
        Assert.Equal(("vps", "/etc/meshmcp/ca.crt"), (configuration.Enroll!.Node, configuration.Enroll.Authority));
        Assert.Equal(ApprovalPolicy.Digest, configuration.Approvals);
        Assert.Equal("https://mesh.example:8443/", configuration.Http.Dashboard!.ToString());
    }

    [Fact]
    public void Nothing_configured_means_loopback() => Assert.Equal("127.0.0.1:9573", ServerConfiguration.Parse("{}", "server.json").Listen.ToString());

    [Fact]
    public void Nothing_configured_means_that_a_user_approves_and_no_model() => Assert.Equal(ApprovalPolicy.Ask, ServerConfiguration.Parse("{}", "server.json").Approvals);

    [Theory]
    [InlineData("""{ "listen": "127.0.0.1:0" }""", "listen")]
    [InlineData("""{ "listen": "127.0.0.1:70000" }""", "listen")]
    [InlineData("""{ "listen": "127.0.0.1" }""", "listen")]
    [InlineData("""{ "listen": "localhost:9573" }""", "listen")]
    [InlineData("""{ "listen": 9573 }""", "listen")]
    [InlineData("""{ "listne": "127.0.0.1:1" }""", "listne")]
    [InlineData("""{ "tls": { "certificate": "/a" } }""", "tls.key")]
    [InlineData("""{ "tls": [] }""", "tls")]
    [InlineData("""{ "tls": { "certificate": "/a", "key": "/b" }, "publicTls": { "certificate": "/c" } }""", "publicTls.key")]
    [InlineData("""{ "publicTls": { "certificate": "/c", "key": "/d" } }""", "publicTls")]
    [InlineData("""{ "tokens": "relative.json" }""", "tokens")]
    [InlineData("""{ "allowedHosts": ["a b"] }""", "allowedHosts[0]")]
    [InlineData("""{ "allowedOrigins": ["https://a", "https://a/path"] }""", "allowedOrigins[1]")]
    [InlineData("""{ "behindProxy": "no" }""", "behindProxy")]
    [InlineData("""{ "identity": { "ca": "/a", "certificate": "/b", "key": "/c" }, "nodes": { "vps": { "adress": "10.1.0.1:9575" } } }""", "nodes.vps.adress")]
    [InlineData("""{ "identity": { "ca": "/a", "certificate": "/b", "key": "/c" }, "nodes": { "a/b": { "address": "10.1.0.1:9575" } } }""", "nodes.a/b")]
    [InlineData("""{ "nodes": { "vps": { "address": "10.1.0.1:9575" } } }""", "identity")]
    [InlineData("""{ "listen": "10.1.0.200:9573", "behindProxy": true }""", "tokens")]
    [InlineData("""{ "listen": "10.1.0.200:9573", "tokens": "/t" }""", "tls")]
    [InlineData("""{ "listen": "[::]:9573", "tokens": "/t" }""", "tls")]
    [InlineData("""{ "enroll": "vps" }""", "enroll")]
    [InlineData("""{ "identity": { "ca": "/a", "certificate": "/b", "key": "/c" }, "nodes": { "vps": { "address": "10.1.0.1:9575" } }, "enroll": "oo1424oo" }""", "enroll")]
    [InlineData("""{ "approvals": "always" }""", "approvals")]
    [InlineData("""{ "dashboard": "mesh.example:8443" }""", "dashboard")]
    [InlineData("""{ "dashboard": "https://mesh.example/dashboard" }""", "dashboard")]
    [InlineData("""{ "dashboard": "javascript:alert(1)" }""", "dashboard")]
    [InlineData("""{ "tokens": "/a", "tokens": "/b" }""", "$")]
    [InlineData("""[]""", "$")]
    [InlineData("""{""", "$")]
    public void A_fault_is_refused_with_its_path(string json, string path)
    {
        var refused = Assert.Throws<MeshException>(() => ServerConfiguration.Parse(json, "server.json"));
        Assert.Equal(ErrorKind.InvalidArgument, refused.Error.Kind);
        Assert.Contains(path, refused.Error.Problems!.Select(p => p.Path));
    }

    [Fact]
    public void Every_fault_is_told_at_once() => Assert.Equal(
        ["tlss", "listen", "tokens", "behindProxy"],
        Assert.Throws<MeshException>(() => ServerConfiguration.Parse("""{ "listen": "x", "tlss": {}, "tokens": 1, "behindProxy": 2 }""", "server.json")).Error.Problems!.Select(p => p.Path));

    [Theory]
    [InlineData("""{ "listen": "10.1.0.200:9573", "tokens": "/t", "tls": { "certificate": "/a", "key": "/b" } }""")]
    [InlineData("""{ "listen": "10.1.0.200:9573", "tokens": "/t", "behindProxy": true }""")]
    [InlineData("""{ "listen": "127.0.0.2:9573" }""")]
    [InlineData("""{ "listen": "[::1]:9573" }""")]
    public void Tokens_and_encryption_open_the_door_beyond_loopback(string json) => Assert.NotNull(ServerConfiguration.Parse(json, "server.json"));
}
