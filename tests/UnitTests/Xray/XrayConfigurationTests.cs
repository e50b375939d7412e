using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Systems.Xray;
using Xunit;

namespace MeshMcp.UnitTests.Xray;

/// <summary>
/// Holds the configurations to golden files. The test with the programs themselves is in the integration tests.
/// To change them on purpose: <c>MESHMCP_UPDATE_GOLDEN=1 ./dev test XrayConfigurationTests</c>, then read the difference.
/// </summary>
public sealed class XrayConfigurationTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("server.v2ray")]
    [InlineData("server.xray")]
    [InlineData("exit.v2ray")]
    [InlineData("exit.xray")]
    public async Task A_section_is_rendered_as_agreed(string name)
    {
        XrayItem item = name switch
        {
            "server.v2ray" => new(Sections.V2rayServer, null),
            "server.xray" => new(Sections.RealityServer, null),
            "exit.v2ray" => new(null, Sections.Exit(XrayProgram.V2ray)),
            _ => new(null, Sections.Exit(XrayProgram.Xray)),
        };

        var rendering = XrayConfiguration.Of(item, Sections.SecretOf);

        var text = Encoding.UTF8.GetString(rendering.Content!);
        if (Environment.GetEnvironmentVariable("MESHMCP_UPDATE_GOLDEN") == "1") await File.WriteAllTextAsync(Golden(name), text, Ct);
        Assert.Equal(await File.ReadAllTextAsync(Golden(name), Ct), text);
        Assert.Empty(rendering.Waiting);
        Assert.Equal(XrayConfiguration.Of(item, Sections.SecretOf).Digest, rendering.Digest);
    }

    [Fact]
    public void A_user_without_an_id_waits_and_the_others_come_in()
    {
        var rendering = Rendered(Sections.V2rayServer with { Users = [new() { Name = "alice" }, new() { Name = "carol" }] });

        Assert.Equal(["alice"], rendering.Users);
        var waiting = Assert.Single(rendering.Waiting);
        Assert.Equal(("waiting", "xray.server.users.carol"), (waiting.Kind, waiting.Path));
        Assert.Contains("meshctl secret set xray-user-carol --kind xray-id", waiting.Message);
    }

    [Theory]
    [InlineData("not a uuid")]
    [InlineData("{11111111-1111-4111-8111-111111111111}")]
    [InlineData("")]
    public void An_id_that_is_no_UUID_waits(string id)
    {
        var rendering = XrayConfiguration.Of(new(Sections.V2rayServer, null), r => r == "secret:bobs-id" ? id : Sections.SecretOf(r));

        Assert.Equal(["alice"], rendering.Users);
        Assert.Contains("no UUID", Assert.Single(rendering.Waiting).Message);
    }

    [Fact]
    public void Two_users_with_one_id_are_not_both_let_in()
    {
        var rendering = XrayConfiguration.Of(new(Sections.V2rayServer, null), r => r == "secret:bobs-id" ? Sections.AliceId : Sections.SecretOf(r));

        Assert.Equal(["alice"], rendering.Users);
        Assert.Contains("same id as alice", Assert.Single(rendering.Waiting).Message);
    }

    [Theory]
    [InlineData("server", "xray.server.exit_id")]
    [InlineData("exit", "xray.exit.id")]
    public void Without_the_id_of_the_hop_all_waits(string role, string path)
    {
        XrayItem item = role == "server" ? new(Sections.V2rayServer, null) : new(null, Sections.Exit(XrayProgram.V2ray));

        var rendering = XrayConfiguration.Of(item, r => r == "secret:xray-exit-id" ? null : Sections.SecretOf(r));

        Assert.Null(rendering.Content);
        Assert.Equal(path, rendering.Waiting[0].Path);
    }

    [Fact]
    public void TLS_takes_certificate_and_key_into_the_file_and_waits_while_they_are_no_pair()
    {
        var server = Sections.V2rayServer with { Vless = new() { Port = 443, Security = XraySecurity.Tls, Certificate = "secret:chain", Key = "secret:key", ServerName = "vps.example" } };
        var (chain, key) = Certificate();

        var whole = XrayConfiguration.Of(new(server, null), r => r switch { "secret:chain" => chain, "secret:key" => key, _ => Sections.SecretOf(r) });
        var garbage = XrayConfiguration.Of(new(server, null), r => r switch { "secret:chain" => chain, "secret:key" => "garbage", _ => Sections.SecretOf(r) });
        var nothing = Rendered(server);

        var tls = JsonNode.Parse(whole.Content!)!["inbounds"]![1]!["streamSettings"]!["tlsSettings"]!;
        Assert.Equal("vps.example", (string?)tls["serverName"]);
        Assert.Equal("-----BEGIN CERTIFICATE-----", (string?)tls["certificates"]![0]!["certificate"]![0]);
        Assert.Contains("no certificate with its key", Assert.Single(garbage.Waiting).Message);
        Assert.Equal(["xray.server.vless.certificate", "xray.server.vless.key"], nothing.Waiting.Select(w => w.Path));
        // VMess needs none of them and goes on.
        Assert.Equal(["api", "vmess"], JsonNode.Parse(garbage.Content!)!["inbounds"]!.AsArray().Select(i => (string?)i!["tag"]));
        Assert.Null(XrayConfiguration.Of(new(server with { Vmess = null }, null), Sections.SecretOf).Content);
    }

    static XrayRendering Rendered(XrayServer server) => XrayConfiguration.Of(new(server, null), Sections.SecretOf);

    static (string Chain, string Key) Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=vps.example", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch.AddYears(50), DateTimeOffset.UnixEpoch.AddYears(90));
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    static string Golden(string name, [CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, $"{name}.golden.json");
}
