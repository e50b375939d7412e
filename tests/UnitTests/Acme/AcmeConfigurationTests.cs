using MeshMcp.Contracts.Errors;
using MeshMcp.Server.Acme;
using Xunit;

namespace MeshMcp.UnitTests.Acme;

public sealed class AcmeConfigurationTests
{
    const string File = "/etc/meshmcp/acme/acme.json";

    [Fact]
    public void The_documented_file_is_read()
    {
        var configuration = AcmeConfiguration.Parse("""
            {
              "names": ["Mesh.Example", "203.0.113.10", "mesh.example", "2001:DB8:0::1"],
              "termsAgreed": true,
              "contact": "ops@mesh.example",
              "directory": "https://ca.internal:8443/acme/directory",
              "profile": "shortlived",
              "trust": "/etc/ssl/private-root.crt",
              "listen": "127.0.0.1:8080"
            }
            """, File);

        Assert.Equal(["mesh.example", "203.0.113.10", "2001:db8::1"], configuration.Names);
        Assert.Equal(("ops@mesh.example", "https://ca.internal:8443/acme/directory", "shortlived", "/etc/ssl/private-root.crt", "127.0.0.1:8080"),
            (configuration.Contact, configuration.Directory.AbsoluteUri, configuration.Profile, configuration.Trust, configuration.Listen.ToString()));
        Assert.Equal(("/etc/meshmcp/acme/public/tls.crt", "/etc/meshmcp/acme/public/tls.key", "/etc/meshmcp/acme/account/account.key"),
            (configuration.Certificate.Certificate, configuration.Certificate.Key, configuration.AccountKey));
    }

    [Fact]
    public void Names_and_the_terms_are_enough()
    {
        var configuration = AcmeConfiguration.Parse("""{ "names": ["mesh.example"], "termsAgreed": true }""", File);
        Assert.Equal(("https://acme-v02.api.letsencrypt.org/directory", "0.0.0.0:80", null, null, null),
            (configuration.Directory.AbsoluteUri, configuration.Listen.ToString(), configuration.Contact, configuration.Profile, configuration.Trust));
    }

    [Theory]
    [InlineData("names", """[]""")]
    [InlineData("names", "\"mesh.example\"")]
    [InlineData("names[0]", """["*.mesh.example"]""")]
    [InlineData("names[1]", """["mesh.example", "https://mesh.example"]""")]
    [InlineData("names[0]", """["mesh.example:443"]""")]
    [InlineData("names[0]", """["mesh..example"]""")]
    [InlineData("names[0]", """["mesh.example."]""")]
    [InlineData("names[0]", """["müsli.example"]""")]
    [InlineData("names[0]", """["a b"]""")]
    [InlineData("names[0]", """["fe80::1%2"]""")]
    [InlineData("names[0]", """["[::1]"]""")]
    [InlineData("names[0]", """[7]""")]
    [InlineData("termsAgreed", "false")]
    [InlineData("termsAgreed", "\"yes\"")]
    [InlineData("contact", "\"mailto:ops@mesh.example\"")]
    [InlineData("contact", "\"ops@mesh.example, root@mesh.example\"")]
    [InlineData("directory", "\"http://ca.example/dir\"")]
    [InlineData("directory", "\"ca.example\"")]
    [InlineData("directory", "\"https://user:secret@ca.example/dir\"")]
    [InlineData("profile", "\"two words\"")]
    [InlineData("trust", "\"root.crt\"")]
    [InlineData("listen", "\"80\"")]
    [InlineData("listen", "\"mesh.example:80\"")]
    [InlineData("nmaes", "[]")]
    public void A_fault_is_refused_with_its_path(string path, string value)
    {
        var fields = new Dictionary<string, string> { ["names"] = """["mesh.example"]""", ["termsAgreed"] = "true", [path.Split('[')[0]] = value };
        var refused = Assert.Throws<MeshException>(() => AcmeConfiguration.Parse($"{{{string.Join(',', fields.Select(f => $"\"{f.Key}\": {f.Value}"))}}}", File));
        Assert.Equal(ErrorKind.InvalidArgument, refused.Error.Kind);
        Assert.Contains(path, refused.Error.Problems!.Select(p => p.Path));
    }

    [Fact]
    public void Terms_that_nobody_agreed_to_are_told_and_so_is_all_else() => Assert.Equal(["names", "termsAgreed"],
        Assert.Throws<MeshException>(() => AcmeConfiguration.Parse("{}", File)).Error.Problems!.Select(p => p.Path));
}
