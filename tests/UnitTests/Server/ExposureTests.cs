using System.Net;
using MeshMcp.Contracts.Trust;
using MeshMcp.Server.Http;
using Xunit;

namespace MeshMcp.UnitTests.Server;

public sealed class ExposureTests
{
    static readonly TokenFile Tokens = new("/nowhere", TimeProvider.System);
    static readonly CertificateFiles Certificate = new("/c", "/k");

    [Theory]
    [InlineData("127.0.0.1:9573", false, false, false, "")]
    [InlineData("[::1]:9573", false, false, false, "")]
    [InlineData("10.1.0.200:9573", false, false, false, "tokens tls")]
    [InlineData("0.0.0.0:9573", true, false, false, "tls")]
    [InlineData("10.1.0.200:9573", false, true, false, "tokens")]
    [InlineData("10.1.0.200:9573", false, false, true, "tokens")]
    [InlineData("10.1.0.200:9573", true, true, false, "")]
    [InlineData("10.1.0.200:9573", true, false, true, "")]
    public void Beyond_loopback_tokens_and_encryption_are_needed(string listen, bool tokens, bool tls, bool proxy, string missing) =>
        Assert.Equal(missing, string.Join(' ', Exposure.Check(new(IPEndPoint.Parse(listen), tls ? Certificate : null, tokens ? Tokens : null, BehindProxy: proxy)).Select(p => p.Path)));
}
