using System.Security.Cryptography.X509Certificates;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Joining;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Joining;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.UnitTests.Joining;

/// <summary>A certificate is renewed by the one before it, and by nothing else.</summary>
public sealed class RenewalTests : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("meshmcp-renew-");
    readonly HandClock _clock = new();
    readonly AuthorityFolder _authority;
    readonly Enrollment _enrollment;

    public RenewalTests()
    {
        _authority = new(PathTo("pki"), _clock);
        _authority.Create("mesh");
        _enrollment = new(new() { Node = "vps", Authority = new(_authority.Authority.Certificate, _authority.Authority.Key) }, new(PathTo("joining.json"), _clock), new(PathTo("revoked.json")), _clock);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void The_holder_of_a_valid_certificate_gets_the_next_one_with_a_new_key()
    {
        using var current = Issued(MeshRole.Node, "edge1");
        var signing = SigningRequest.Create("edge1");
        _clock.Now += TimeSpan.FromDays(300);

        var renewed = _enrollment.Enroll(Ask("edge1", signing, current));

        using var next = X509Certificate2.CreateFromPem(renewed.Certificate, signing.KeyPem);
        Assert.IsType<PeerVerification.Accepted>(TrustStore.FromPem(renewed.Authority).Verify(next, MeshRole.Node, "edge1", _clock.Now.AddDays(30)));
        Assert.Equal(_clock.Now.AddDays(30), renewed.Ends);
    }

    [Fact]
    public void An_expired_certificate_renews_nothing()
    {
        using var current = Issued(MeshRole.Node, "edge1");
        _clock.Now += TimeSpan.FromDays(366);
        Refused(Ask("edge1", SigningRequest.Create("edge1"), current));
    }

    [Fact]
    public void A_node_that_was_away_longer_is_readmitted_once_by_its_old_key_and_an_operators_word()
    {
        var signing = SigningRequest.Create("edge1");
        var first = _enrollment.Enroll(new("edge1", signing.CsrPem, Invitation.Parse(Invite().Text).Secret));
        using var current = X509Certificate2.CreateFromPem(first.Certificate, signing.KeyPem);
        using var other = Issued(MeshRole.Node, "edge2");
        _clock.Now += TimeSpan.FromDays(31);
        Refused(Ask("edge1", SigningRequest.Create("edge1"), current));
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<MeshException>(() => _enrollment.Readmit("edge9")).Error.Kind);

        _enrollment.Readmit("edge1");

        Refused(Ask("edge1", SigningRequest.Create("edge1"), other));
        var next = SigningRequest.Create("edge1");
        Assert.Equal(_clock.Now.AddDays(30), _enrollment.Enroll(Ask("edge1", next, current)).Ends);
        Refused(Ask("edge1", SigningRequest.Create("edge1"), current));

        _enrollment.Readmit("edge1");
        _clock.Now += TimeSpan.FromDays(2);
        Refused(Ask("edge1", SigningRequest.Create("edge1"), current));
    }

    [Fact]
    public void An_operators_word_whose_answer_was_lost_is_given_again_for_the_same_certificate_until_the_newer_one_is_seen()
    {
        var (first, second) = (SigningRequest.Create("edge1"), SigningRequest.Create("edge1"));
        using var old = X509Certificate2.CreateFromPem(_enrollment.Enroll(new("edge1", first.CsrPem, Invitation.Parse(Invite().Text).Secret)).Certificate, first.KeyPem);
        _clock.Now += TimeSpan.FromDays(31);
        _enrollment.Readmit("edge1");
        _enrollment.Enroll(Ask("edge1", SigningRequest.Create("edge1"), old));
        // Nothing of that reached the node.
        Refused(Ask("edge1", SigningRequest.Create("edge1"), old));
        _enrollment.Readmit("edge1");
        using var newer = X509Certificate2.CreateFromPem(_enrollment.Enroll(Ask("edge1", second, old)).Certificate, second.KeyPem);

        _enrollment.Enroll(Ask("edge1", SigningRequest.Create("edge1"), newer));
        _enrollment.Readmit("edge1");

        Refused(Ask("edge1", SigningRequest.Create("edge1"), old));
    }

    [Fact]
    public void Who_has_no_key_of_the_node_is_told_the_same_whatever_is_known_of_it()
    {
        var signing = SigningRequest.Create("edge1");
        using var ended = X509Certificate2.CreateFromPem(_enrollment.Enroll(new("edge1", signing.CsrPem, Invitation.Parse(Invite().Text).Secret)).Certificate, signing.KeyPem);
        var foreign = new AuthorityFolder(PathTo("foreign"), _clock);
        foreign.Create("mesh");
        foreign.Issue(MeshRole.Node, "edge1", []);
        using var stranger = Read(foreign.FilesOf(MeshRole.Node, "edge1"));
        var (asked, other) = (SigningRequest.Create("edge1"), SigningRequest.Create("edge1"));
        EnrollRequest[] requests = [Ask("edge1", asked, stranger), new("edge1", other.CsrPem, Renewal: SigningRequest.Prove(asked.CsrPem, ended))];
        string Said(EnrollRequest request) => Assert.Throws<MeshException>(() => _enrollment.Enroll(request)).Message;
        _clock.Now += TimeSpan.FromDays(366);
        string[] before = [.. requests.Select(Said)];

        _enrollment.Readmit("edge1");
        Assert.Equal(before, requests.Select(Said));
        _enrollment.Enroll(Ask("edge1", SigningRequest.Create("edge1"), ended));
        Assert.Equal(before, requests.Select(Said));
        _enrollment.Forget("edge1");
        Assert.Equal(before, requests.Select(Said));
    }

    [Fact]
    public void An_operators_word_is_for_the_last_certificate_and_for_none_that_was_replaced()
    {
        var (first, second) = (SigningRequest.Create("edge1"), SigningRequest.Create("edge1"));
        using var old = X509Certificate2.CreateFromPem(_enrollment.Enroll(new("edge1", first.CsrPem, Invitation.Parse(Invite().Text).Secret)).Certificate, first.KeyPem);
        _clock.Now += TimeSpan.FromDays(20);
        using var current = X509Certificate2.CreateFromPem(_enrollment.Enroll(Ask("edge1", second, old)).Certificate, second.KeyPem);
        _clock.Now += TimeSpan.FromDays(60);

        _enrollment.Readmit("edge1");

        Refused(Ask("edge1", SigningRequest.Create("edge1"), old));
        Assert.Equal(_clock.Now.AddDays(30), _enrollment.Enroll(Ask("edge1", SigningRequest.Create("edge1"), current)).Ends);
    }

    [Fact]
    public void Nor_does_another_nodes_a_servers_or_another_meshs()
    {
        using var other = Issued(MeshRole.Node, "edge2");
        using var server = Issued(MeshRole.Server, "edge1");
        var foreign = new AuthorityFolder(PathTo("foreign"), _clock);
        foreign.Create("mesh");
        foreign.Issue(MeshRole.Node, "edge1", []);
        using var stranger = Read(foreign.FilesOf(MeshRole.Node, "edge1"));

        Assert.All([other, server, stranger], current => Refused(Ask("edge1", SigningRequest.Create("edge1"), current)));
    }

    [Fact]
    public void The_certificate_alone_without_its_key_is_no_proof()
    {
        using var current = Issued(MeshRole.Node, "edge1");
        var (asked, other) = (SigningRequest.Create("edge1"), SigningRequest.Create("edge1"));
        var proof = SigningRequest.Prove(asked.CsrPem, current);

        Refused(new("edge1", other.CsrPem, Renewal: proof));
        Refused(new("edge1", asked.CsrPem, Renewal: proof with { Signature = "AAAA" }));
        Refused(new("edge1", asked.CsrPem, Renewal: proof with { Signature = "%" }));
        Assert.Throws<MeshException>(() => _enrollment.Enroll(new("edge1", asked.CsrPem, Renewal: proof with { Certificate = "nonsense" })));
        _enrollment.Enroll(new("edge1", asked.CsrPem, Renewal: proof));
    }

    [Fact]
    public void A_forgotten_node_is_neither_listed_nor_renewed_until_it_is_invited_again()
    {
        var signing = SigningRequest.Create("edge1");
        var first = _enrollment.Enroll(new("edge1", signing.CsrPem, Invitation.Parse(Invite().Text).Secret, "10.101.0.3:9575"));
        using var current = X509Certificate2.CreateFromPem(first.Certificate, signing.KeyPem);

        _enrollment.Forget("edge1");

        Assert.Empty(_enrollment.Joined.Nodes);
        Refused(Ask("edge1", SigningRequest.Create("edge1"), current));
        Assert.Equal(["edge2"], Joined("edge2"));
        var unknown = Assert.Throws<MeshException>(() => _enrollment.Forget("edge1"));
        Assert.Equal(["edge2"], unknown.Error.Problems!.Single().Nearest);
        Assert.Equal(["edge1", "edge2"], Joined("edge1"));
    }

    [Fact]
    public void A_node_that_moved_says_so_with_its_renewal()
    {
        var signing = SigningRequest.Create("edge1");
        var first = _enrollment.Enroll(new("edge1", signing.CsrPem, Invitation.Parse(Invite().Text).Secret, "10.101.0.3:9575"));
        using var current = X509Certificate2.CreateFromPem(first.Certificate, signing.KeyPem);

        _enrollment.Enroll(Ask("edge1", SigningRequest.Create("edge1"), current));
        Assert.Equal("10.101.0.3:9575", Assert.Single(_enrollment.Joined.Nodes).Address);
        _enrollment.Enroll(Ask("edge1", SigningRequest.Create("edge1"), current) with { Address = "10.101.0.9:9575" });
        Assert.Equal("10.101.0.9:9575", Assert.Single(_enrollment.Joined.Nodes).Address);
    }

    [Theory]
    [InlineData(1, null)]
    [InlineData(243, null)]
    [InlineData(244, "past two thirds")]
    [InlineData(366, "expired")]
    public void A_finding_warns_in_time(int days, string? words)
    {
        using var certificate = Issued(MeshRole.Node, "edge1");
        var files = _authority.FilesOf(MeshRole.Node, "edge1");
        _clock.Now += TimeSpan.FromDays(days);

        var findings = new CertificateFindings(new() { Identity = new(_authority.Authority.Certificate, files.Certificate, files.Key) }, _clock).Findings().ToList();

        if (words is null) Assert.Empty(findings);
        else Assert.Contains(words, Assert.Single(findings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_replacement_that_was_cut_off_is_finished_or_dropped_and_the_pair_fits_at_every_moment()
    {
        _authority.Issue(MeshRole.Node, "edge1", []);
        _authority.Issue(MeshRole.Node, "edge2", []);
        var (files, next) = (_authority.FilesOf(MeshRole.Node, "edge1"), _authority.FilesOf(MeshRole.Node, "edge2"));
        var old = File.ReadAllText(files.Certificate);

        // The key alone was written.
        File.Copy(next.Key, files.Key + ".next");
        CertificatePair.Complete(files);
        Assert.Equal(old, File.ReadAllText(files.Certificate));
        Fits();

        // Both were written, and the key was renamed.
        File.Copy(next.Certificate, files.Certificate + ".next");
        File.Copy(next.Key, files.Key, overwrite: true);
        CertificatePair.Complete(files);
        Assert.Equal(File.ReadAllText(next.Certificate), File.ReadAllText(files.Certificate));
        Fits();

        CertificatePair.Replace(files, File.ReadAllText(next.Certificate), File.ReadAllText(next.Key));
        Fits();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(files.Key));

        void Fits()
        {
            Read(files).Dispose();
            Assert.Empty(Directory.EnumerateFiles(PathTo("pki"), "*.next"));
        }
    }

    X509Certificate2 Issued(MeshRole role, string name)
    {
        _authority.Issue(role, name, []);
        return Read(_authority.FilesOf(role, name));
    }

    static X509Certificate2 Read(CertificateFiles files) => X509Certificate2.CreateFromPemFile(files.Certificate, files.Key);

    Invited Invite(string node = "edge1") => _enrollment.Invite(new(node, Url: "https://203.0.113.10:9573/enroll"), "root");

    IEnumerable<string> Joined(string node)
    {
        _enrollment.Enroll(new(node, SigningRequest.Create(node).CsrPem, Invitation.Parse(Invite(node).Text).Secret));
        return _enrollment.Joined.Nodes.Select(n => n.Name);
    }

    static EnrollRequest Ask(string node, SigningRequest signing, X509Certificate2 current) => new(node, signing.CsrPem, Renewal: SigningRequest.Prove(signing.CsrPem, current));

    void Refused(EnrollRequest request)
    {
        Assert.False(_enrollment.IsGenuine(request));
        Assert.Equal(ErrorKind.PermissionDenied, Assert.Throws<MeshException>(() => _enrollment.Enroll(request)).Error.Kind);
    }

    string PathTo(string file) => Path.Combine(_folder.FullName, file);
}
