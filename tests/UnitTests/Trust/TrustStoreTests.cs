using System.Security.Cryptography.X509Certificates;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Trust;
using Xunit;

namespace MeshMcp.UnitTests.Trust;

public sealed class TrustStoreTests
{
    static readonly TimeSpan Year = TimeSpan.FromDays(365);
    static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    readonly CertificateAuthority _authority = CertificateAuthority.Create("mesh", 10 * Year, TimeProvider.System);
    TrustStore Store => TrustStore.FromPem(_authority.CertificatePem);

    X509Certificate2 Issue(MeshRole role, string name) => X509Certificate2.CreateFromPem(_authority.Issue(role, name, ["10.1.0.1", "node.example"], Year).CertificatePem);

    PeerRefusal RefusalOf(X509Certificate2? peer, MeshRole role, string? name = null, DateTimeOffset? at = null) =>
        Assert.IsType<PeerVerification.Refused>(Store.Verify(peer, role, name, at ?? Now)).Reason;

    [Fact]
    public void A_certificate_of_this_mesh_is_accepted_with_its_role_name_and_fingerprint()
    {
        var certificate = Issue(MeshRole.Node, "vps");

        var accepted = Assert.IsType<PeerVerification.Accepted>(Store.Verify(certificate, MeshRole.Node, "vps", Now));

        Assert.Equal(new MeshIdentity(MeshRole.Node, "vps", certificate.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256).ToLowerInvariant()), accepted.Identity with { Issued = null });
    }

    [Fact]
    public void A_node_may_be_called_as_the_mesh_is() =>
        Assert.IsType<PeerVerification.Accepted>(Store.Verify(Issue(MeshRole.Node, "mesh"), MeshRole.Node, "mesh", Now));

    [Fact]
    public void Each_fault_of_a_certificate_has_its_own_reason()
    {
        using var other = CertificateAuthority.Create("mesh", Year * 2, TimeProvider.System);
        var foreign = X509Certificate2.CreateFromPem(other.Issue(MeshRole.Node, "vps", [], Year).CertificatePem);
        var own = Issue(MeshRole.Node, "vps");

        Assert.Equal(PeerRefusal.NoCertificate, RefusalOf(null, MeshRole.Node));
        Assert.Equal(PeerRefusal.OtherAuthority, RefusalOf(foreign, MeshRole.Node));
        Assert.Equal(PeerRefusal.NotYetValid, RefusalOf(own, MeshRole.Node, at: Now.AddDays(-1)));
        Assert.Equal(PeerRefusal.Expired, RefusalOf(own, MeshRole.Node, at: Now.AddDays(366)));
        Assert.Equal(PeerRefusal.WrongRole, RefusalOf(own, MeshRole.Server));
        Assert.Equal(PeerRefusal.WrongName, RefusalOf(own, MeshRole.Node, "oo1424oo"));
    }

    [Fact]
    public void The_authority_itself_is_no_peer()
    {
        var authority = X509Certificate2.CreateFromPem(_authority.CertificatePem);

        Assert.Equal(PeerRefusal.NoIdentity, RefusalOf(authority, MeshRole.Server));
    }

    [Fact]
    public void A_leaf_cannot_sign_another()
    {
        var leaf = _authority.Issue(MeshRole.Server, "mcp", [], Year);
        using var usurper = CertificateAuthority.FromPem(leaf.CertificatePem, leaf.KeyPem, TimeProvider.System);

        Assert.ThrowsAny<Exception>(() => usurper.Issue(MeshRole.Server, "root", [], TimeSpan.FromDays(1)));
    }

    [Fact]
    public void A_leaf_is_not_believed_as_an_authority()
    {
        var refusal = Assert.Throws<MeshException>(() => TrustStore.FromPem(_authority.Issue(MeshRole.Server, "mcp", [], Year).CertificatePem));

        Assert.Equal(ErrorKind.InvalidArgument, refusal.Error.Kind);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-vps")]
    [InlineData("Vps")]
    [InlineData("vps\n")]
    [InlineData("a/b")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123")]
    public void A_name_of_another_form_is_refused(string name) =>
        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<MeshException>(() => _authority.Issue(MeshRole.Node, name, [], Year)).Error.Kind);

    [Theory]
    [InlineData("10.1.0.1:9575")]
    [InlineData("a b")]
    [InlineData("mesh://server/x")]
    public void An_address_that_is_neither_ip_nor_dns_is_refused(string address) =>
        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<MeshException>(() => _authority.Issue(MeshRole.Node, "vps", [address], Year)).Error.Kind);

    [Fact]
    public void A_certificate_cannot_outlive_its_authority() =>
        Assert.Contains("outlive", Assert.Throws<MeshException>(() => _authority.Issue(MeshRole.Node, "vps", [], 11 * Year)).Message, StringComparison.Ordinal);
}
