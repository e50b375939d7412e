using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Trust;
using Xunit;

namespace MeshMcp.UnitTests.Trust;

/// <summary>Certificates that this mesh's authority signed, and would not have.</summary>
public sealed class CraftedCertificateTests : IDisposable
{
    const string ServerUse = "1.3.6.1.5.5.7.3.1", ClientUse = "1.3.6.1.5.5.7.3.2";

    static readonly DateTimeOffset Now = new(2026, 11, 22, 0, 0, 0, TimeSpan.Zero), From = Now.AddDays(-1), To = Now.AddDays(100), AuthorityTo = Now.AddDays(50);

    readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    readonly X509Certificate2 _authority;
    readonly TrustStore _trust;

    public CraftedCertificateTests()
    {
        var request = new CertificateRequest("CN=mesh", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        _authority = request.CreateSelfSigned(From, AuthorityTo);
        _trust = TrustStore.FromPem(_authority.ExportCertificatePem());
    }

    public void Dispose()
    {
        _authority.Dispose();
        _key.Dispose();
    }

    [Theory]
    [InlineData(MeshRole.Server, ClientUse, true)]
    [InlineData(MeshRole.Server, ServerUse + " " + ClientUse, true)]
    [InlineData(MeshRole.Server, ServerUse, false)]
    [InlineData(MeshRole.Server, "", false)]
    [InlineData(MeshRole.Node, ServerUse, true)]
    [InlineData(MeshRole.Node, ClientUse, false)]
    [InlineData(MeshRole.Node, "", false)]
    public void A_server_must_be_let_dial_and_a_node_answer(MeshRole role, string uses, bool may) =>
        Assert.Equal(may ? null : PeerRefusal.WrongUse, RefusalOf(Signed(Names(MeshIdentity.UriOf(role, "x")), uses), role));

    [Fact]
    public void A_certificate_is_valid_from_its_first_to_its_last_second_and_not_beyond()
    {
        var peer = Signed(Names("mesh://server/x"), ClientUse, Now.AddDays(10));
        foreach (var at in new[] { From, Now, Now.AddDays(10) }) Assert.Null(RefusalOf(peer, MeshRole.Server, at));
        Assert.Equal(PeerRefusal.NotYetValid, RefusalOf(peer, MeshRole.Server, From.AddSeconds(-1)));
        Assert.Equal(PeerRefusal.Expired, RefusalOf(peer, MeshRole.Server, Now.AddDays(10).AddSeconds(1)));
    }

    [Fact]
    public void Nobody_is_believed_after_the_authority_ended()
    {
        var peer = Signed(Names("mesh://server/x"), ClientUse);
        Assert.Null(RefusalOf(peer, MeshRole.Server, AuthorityTo));
        Assert.Equal(PeerRefusal.Expired, RefusalOf(peer, MeshRole.Server, AuthorityTo.AddSeconds(1)));
    }

    [Theory]
    [InlineData("mesh://server/x", true)]
    [InlineData("https://example.org/ mesh://server/x", true)]
    [InlineData("mesh://server/x mesh://server/y", false)]
    [InlineData("mesh://server/x MESH://node/y", false)]
    [InlineData("mesh://root/x", false)]
    [InlineData("mesh://server/X", false)]
    [InlineData("mesh://server/x/y", false)]
    [InlineData("https://example.org/", false)]
    public void A_peer_is_who_the_one_uri_of_the_mesh_says(string uris, bool known) =>
        Assert.Equal(known ? null : PeerRefusal.NoIdentity, RefusalOf(Signed(Names(uris.Split(' ')), ClientUse), MeshRole.Server));

    [Fact]
    public void Names_that_cannot_be_read_to_their_end_say_nothing()
    {
        byte[] uri = [0x86, 15, .. Encoding.ASCII.GetBytes("mesh://server/x")];
        byte[] torn = [0x86, 0x7f, .. "half"u8];
        Assert.Null(RefusalOf(Signed(new X509Extension("2.5.29.17", [0x30, (byte)uri.Length, .. uri], false), ClientUse), MeshRole.Server));
        Assert.NotNull(RefusalOf(Signed(new X509Extension("2.5.29.17", [0x30, (byte)(uri.Length + torn.Length), .. uri, .. torn], false), ClientUse), MeshRole.Server));
        Assert.Equal(PeerRefusal.NoIdentity, RefusalOf(Signed(new X509SubjectKeyIdentifierExtension(new PublicKey(_key), false), ClientUse), MeshRole.Server));
    }

    [Fact]
    public void A_certificate_that_does_not_say_that_it_is_an_authoritys_is_none()
    {
        using var plain = new CertificateRequest("CN=mesh", _key, HashAlgorithmName.SHA256).CreateSelfSigned(From, To);
        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<MeshException>(() => TrustStore.FromPem(plain.ExportCertificatePem())).Error.Kind);
        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<MeshException>(() => TrustStore.FromPem("no certificate")).Error.Kind);
    }

    [Fact]
    public void The_chain_ends_in_the_meshs_authority_alone_and_nothing_is_fetched()
    {
        var policy = _trust.Chain();
        Assert.Equal((X509ChainTrustMode.CustomRootTrust, X509RevocationMode.NoCheck, X509VerificationFlags.IgnoreNotTimeValid, true), (policy.TrustMode, policy.RevocationMode, policy.VerificationFlags, policy.DisableCertificateDownloads));
        Assert.Equal([_authority.Thumbprint], policy.CustomTrustStore.Select(c => c.Thumbprint));
    }

    PeerRefusal? RefusalOf(X509Certificate2 peer, MeshRole role, DateTimeOffset? at = null) => (_trust.Verify(peer, role, null, at ?? Now) as PeerVerification.Refused)?.Reason;

    X509Certificate2 Signed(X509Extension names, string uses, DateTimeOffset? to = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(names);
        if (uses.Length > 0) request.CertificateExtensions.Add(Use(uses));
        return request.Create(_authority.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), From, to ?? To, [1, 2, 3]);
    }

    static X509EnhancedKeyUsageExtension Use(string uses)
    {
        var all = new OidCollection();
        foreach (var use in uses.Split(' ')) all.Add(new(use));
        return new(all, false);
    }

    static X509Extension Names(params string[] uris)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("x.example");
        foreach (var uri in uris) names.AddUri(new(uri));
        return names.Build();
    }
}
