using MeshMcp.Contracts.Trust;
using MeshMcp.Server.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace MeshMcp.UnitTests.Server;

public sealed class ShownCertificatesTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("meshmcp-shown-").FullName;
    readonly CertificateAuthority _mesh = CertificateAuthority.Create("mesh", TimeSpan.FromDays(1), TimeProvider.System);
    readonly CertificateAuthority _public = CertificateAuthority.Create("public", TimeSpan.FromDays(1), TimeProvider.System);

    public void Dispose()
    {
        _mesh.Dispose();
        _public.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    CertificateFiles Shared => new(Path.Combine(_folder, "tls.crt"), Path.Combine(_folder, "tls.key"));

    [Theory]
    [InlineData("mesh.example", true)]
    [InlineData("MESH.example", true)]
    [InlineData("other.example", false)]
    [InlineData("sub.mesh.example", false)]
    [InlineData("enroll.meshmcp.internal", false)]
    [InlineData("203.0.113.10", false)]
    [InlineData("not a name", false)]
    [InlineData("..", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Who_asks_for_a_name_of_the_public_one_sees_it_and_all_others_the_meshs_own(string? asked, bool isPublic) => Assert.Equal(isPublic ? "public" : "mesh", Shown(asked, "mesh.example"));

    [Theory]
    [InlineData(null, "public")]
    [InlineData("", "public")]
    [InlineData("203.0.113.10", "public")]
    [InlineData("enroll.meshmcp.internal", "mesh")]
    public void Who_comes_by_an_address_and_so_asks_for_no_name_sees_a_public_one_that_is_for_addresses(string? asked, string who) => Assert.Equal(who, Shown(asked, "mesh.example", "203.0.113.10"));

    [Fact]
    public void Until_it_is_there_and_while_it_is_no_pair_the_one_before_is_shown()
    {
        var shown = Certificates();
        Assert.Equal("mesh", IssuerOf(shown, "mesh.example"));
        File.WriteAllText(Shared.Certificate, "nonsense");
        File.WriteAllText(Shared.Key, "nonsense");
        Assert.Equal("mesh", IssuerOf(shown, "mesh.example"));
        Put("mesh.example");
        Assert.Equal("public", IssuerOf(shown, "mesh.example"));
        File.WriteAllText(Shared.Key, "nonsense");
        Assert.Equal("public", IssuerOf(shown, "mesh.example"));
        File.Delete(Shared.Certificate);
        Assert.Equal("public", IssuerOf(shown, "mesh.example"));
    }

    [Theory]
    [InlineData("mesh.example:9573", true)]
    [InlineData("203.0.113.10:9573", true)]
    [InlineData("evil.example", false)]
    public async Task A_request_may_be_addressed_to_its_names(string host, bool passes)
    {
        Put("mesh.example", "203.0.113.10");
        var context = new DefaultHttpContext { RequestServices = new ServiceCollection().BuildServiceProvider() };
        context.Request.Host = new(host);
        var passed = false;
        await new HostGuard(_ =>
        {
            passed = true;
            return Task.CompletedTask;
        }, new(new(System.Net.IPAddress.Loopback, 9573)), Certificates()).InvokeAsync(context);
        Assert.Equal(passes, passed);
    }

    string Shown(string? asked, params string[] names)
    {
        Put(names);
        return IssuerOf(Certificates(), asked);
    }

    static string IssuerOf(ShownCertificates shown, string? asked) => shown.For(asked).ServerCertificateContext!.TargetCertificate.IssuerName.EnumerateRelativeDistinguishedNames().Select(n => n.GetSingleElementValue()!).Single(v => v is "mesh" or "public");

    ShownCertificates Certificates()
    {
        var own = _mesh.Issue(MeshRole.Server, "mcp", ["203.0.113.10"], TimeSpan.FromHours(1));
        var files = new CertificateFiles(Path.Combine(_folder, "own.crt"), Path.Combine(_folder, "own.key"));
        CertificatePair.Replace(files, own.CertificatePem, own.KeyPem);
        return ShownCertificates.Of(TlsCertificate.Of(files), Shared, NullLogger.Instance);
    }

    void Put(params string[] names)
    {
        var issued = _public.Issue(MeshRole.Server, "public", names, TimeSpan.FromHours(1));
        CertificatePair.Replace(Shared, issued.CertificatePem, issued.KeyPem);
    }
}
