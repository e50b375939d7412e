using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Joining;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Joining;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.UnitTests.Joining;

/// <summary>What the node that holds the authority signs, and what it does not.</summary>
public sealed class EnrollmentTests : IDisposable
{
    const string Url = "https://203.0.113.10:9573/enroll", Address = "10.101.0.3:9575";

    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("meshmcp-enroll-");
    readonly HandClock _clock = new();
    readonly AuthorityFolder _authority;
    readonly Enrollment _enrollment;

    public EnrollmentTests()
    {
        _authority = new(PathTo("pki"), _clock);
        _authority.Create("mesh");
        var place = new AuthorityPlace(_authority.Authority.Certificate, _authority.Authority.Key, Url);
        _enrollment = new(new() { Node = "vps", Authority = place }, new(PathTo("joining.json"), _clock), new(PathTo("joining-revoked.json")), _clock);
    }

    TrustStore Trust => TrustStore.FromPem(File.ReadAllText(_authority.Authority.Certificate));

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void An_invited_node_gets_a_certificate_of_its_key_and_name_and_is_listed_with_its_address()
    {
        var signing = SigningRequest.Create("edge1");

        var enrolled = _enrollment.Enroll(Ask(Invite("edge1"), signing));

        using var certificate = X509Certificate2.CreateFromPem(enrolled.Certificate, signing.KeyPem);
        var identity = Assert.IsType<PeerVerification.Accepted>(Trust.Verify(certificate, MeshRole.Node, "edge1", _clock.Now)).Identity;
        Assert.Equal("mesh://node/edge1", identity.ToString());
        Assert.Equal(_clock.Now + Enrollment.CertificateLife, enrolled.Ends);
        Assert.Equal([new("edge1", Address, _clock.Now, enrolled.Ends)], _enrollment.Joined.Nodes);
    }

    [Fact]
    public void Nothing_of_the_request_but_the_key_gets_into_the_certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var greedy = new CertificateRequest("CN=mcp, O=MeshMcp", key, HashAlgorithmName.SHA256);
        greedy.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new("mesh://server/mcp"));
        names.AddDnsName("mesh.example");
        greedy.CertificateExtensions.Add(names.Build());

        var enrolled = _enrollment.Enroll(Ask(Invite("edge1"), new(greedy.CreateSigningRequestPem(), "")));

        using var certificate = X509Certificate2.CreateFromPem(enrolled.Certificate);
        Assert.IsType<PeerVerification.Accepted>(Trust.Verify(certificate, MeshRole.Node, "edge1", _clock.Now));
        Assert.IsType<PeerVerification.Refused>(Trust.Verify(certificate, MeshRole.Server, null, _clock.Now));
        Assert.Equal("CN=edge1, OU=Node, O=MeshMcp", certificate.Subject);
        Assert.False(certificate.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
        Assert.Empty(certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single().EnumerateDnsNames());
    }

    [Fact]
    public void An_invitation_counts_once_until_it_expires_and_for_its_name_only()
    {
        var invitation = Invite("edge1");
        Refused(Ask(invitation, SigningRequest.Create("edge2")) with { Node = "edge2" });
        Refused(Ask(invitation, SigningRequest.Create("edge1")) with { Secret = Invitation.NewSecret() });
        Refused(Ask(invitation, SigningRequest.Create("edge1")) with { Secret = null });
        _enrollment.Enroll(Ask(invitation, SigningRequest.Create("edge1")));
        Refused(Ask(invitation, SigningRequest.Create("edge1")));

        var late = Invite("edge3");
        _clock.Now = late.Expires;
        Refused(Ask(late, SigningRequest.Create("edge3")));
        Assert.Equal("edge1", Assert.Single(_enrollment.Joined.Nodes).Name);
    }

    [Fact]
    public void Of_many_at_once_with_one_invitation_one_joins()
    {
        var invitation = Invite("edge1");
        var requests = Enumerable.Range(0, 8).Select(_ => Ask(invitation, SigningRequest.Create("edge1"))).ToList();

        var joined = 0;
        Parallel.ForEach(requests, request =>
        {
            try
            {
                _enrollment.Enroll(request);
                Interlocked.Increment(ref joined);
            }
            catch (MeshException)
            {
                // One of the seven.
            }
        });

        Assert.Equal(1, joined);
    }

    [Fact]
    public void A_newer_invitation_takes_the_place_of_the_older_and_the_disk_holds_no_secret()
    {
        var (older, newer) = (Invite("edge1"), Invite("edge1"));

        Assert.DoesNotContain(newer.Secret, File.ReadAllText(PathTo("joining.json")), StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(PathTo("joining.json")));
        Refused(Ask(older, SigningRequest.Create("edge1")));
        _enrollment.Enroll(Ask(newer, SigningRequest.Create("edge1")));
    }

    [Fact]
    public void A_request_that_cannot_be_signed_does_not_spend_the_invitation()
    {
        var invitation = Invite("edge1");
        using var rsa = RSA.Create(2048);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        string[] wrong =
        [
            "nonsense",
            new CertificateRequest("CN=edge1", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSigningRequestPem(),
            new CertificateRequest("CN=edge1", other, HashAlgorithmName.SHA256).CreateSigningRequestPem(),
        ];

        Assert.All(wrong, csr => Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<MeshException>(() => _enrollment.Enroll(Ask(invitation, new(csr, "")))).Error.Kind));
        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<MeshException>(() => _enrollment.Enroll(Ask(invitation, SigningRequest.Create("edge1")) with { Address = "over there" })).Error.Kind);
        _enrollment.Enroll(Ask(invitation, SigningRequest.Create("edge1")));
    }

    [Fact]
    public void A_name_in_use_is_invited_only_on_purpose()
    {
        _enrollment.Enroll(Ask(Invite("edge1"), SigningRequest.Create("edge1")));

        Assert.Equal(ErrorKind.Conflict, Assert.Throws<MeshException>(() => _enrollment.Invite(new("edge1"), "root")).Error.Kind);
        Assert.Equal(ErrorKind.Conflict, Assert.Throws<MeshException>(() => _enrollment.Invite(new("vps"), "root")).Error.Kind);
        _enrollment.Enroll(Ask(Invitation.Parse(_enrollment.Invite(new("edge1", Again: true), "root").Text), SigningRequest.Create("edge1")));
    }

    [Theory]
    [InlineData("Edge 1", 3600, Url)]
    [InlineData("edge1", 59, Url)]
    [InlineData("edge1", 604_801, Url)]
    [InlineData("edge1", 3600, "http://203.0.113.10:9573/enroll")]
    public void A_wrong_invitation_is_refused(string node, int seconds, string url) =>
        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<MeshException>(() => _enrollment.Invite(new(node, seconds, url), "root")).Error.Kind);

    [Fact]
    public void A_node_without_the_authority_invites_and_signs_nothing()
    {
        var other = new Enrollment(new() { Node = "oo1424oo" }, new(PathTo("other.json"), _clock), new(PathTo("other-revoked.json")), _clock);

        Assert.Equal(ErrorKind.NotSupported, Assert.Throws<MeshException>(() => other.Invite(new("edge1"), "root")).Error.Kind);
        Assert.Equal(ErrorKind.NotSupported, Assert.Throws<MeshException>(() => other.Enroll(Ask(Invite("edge1"), SigningRequest.Create("edge1")))).Error.Kind);
    }

    [Fact]
    public void A_certificate_ends_with_its_authority_at_the_latest()
    {
        _clock.Now += AuthorityFolder.AuthorityLife - TimeSpan.FromDays(30);

        var enrolled = _enrollment.Enroll(Ask(Invite("edge1"), SigningRequest.Create("edge1")));

        using var certificate = X509Certificate2.CreateFromPem(enrolled.Certificate);
        Assert.IsType<PeerVerification.Accepted>(Trust.Verify(certificate, MeshRole.Node, "edge1", _clock.Now.AddDays(29)));
        Assert.InRange(enrolled.Ends, _clock.Now.AddDays(29), _clock.Now.AddDays(30));
    }

    Invitation Invite(string node) => Invitation.Parse(_enrollment.Invite(new(node), "root").Text);

    static EnrollRequest Ask(Invitation invitation, SigningRequest signing) => new(invitation.Node, signing.CsrPem, invitation.Secret, Address);

    void Refused(EnrollRequest request)
    {
        Assert.False(_enrollment.IsGenuine(request) && request.Node == "edge1");
        Assert.Equal(ErrorKind.PermissionDenied, Assert.Throws<MeshException>(() => _enrollment.Enroll(request)).Error.Kind);
    }

    string PathTo(string file) => Path.Combine(_folder.FullName, file);
}
