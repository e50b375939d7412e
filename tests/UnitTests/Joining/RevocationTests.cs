using System.Security.Cryptography.X509Certificates;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Joining;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Joining;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.UnitTests.Joining;

/// <summary>A stolen key is worth nothing once it is revoked.</summary>
public sealed class RevocationTests : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("meshmcp-revoked-");
    readonly HandClock _clock = new();
    readonly AuthorityFolder _authority;
    readonly BridgeConfiguration _configuration;
    readonly Revocations _revocations;
    readonly Enrollment _enrollment;

    public RevocationTests()
    {
        _authority = new(PathTo("pki"), _clock);
        _authority.Create("mesh");
        _configuration = new() { Node = "vps", Authority = new(_authority.Authority.Certificate, _authority.Authority.Key), Delegates = [new(Certificate: "server/mcp")] };
        _revocations = new(PathTo("revoked.json"));
        _enrollment = new(_configuration, new(PathTo("joining.json"), _clock), _revocations, _clock);
        _authority.Issue(MeshRole.Server, "mcp", []);
        _clock.Now += TimeSpan.FromHours(1);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_stolen_servers_key_is_refused_at_once_by_name_and_by_fingerprint_and_says_who_it_was(bool byName)
    {
        var stolen = Identity(MeshRole.Server, "mcp");
        var ceilings = new Ceilings(_configuration, _revocations, _clock);
        Assert.Equal(Scope.Operate, ceilings.CallerOf(new(1, 9575, stolen, 0), "operator", "admin").Scope);

        _enrollment.Revoke(byName ? "mcp" : stolen.Fingerprint);

        var refusal = Assert.Throws<StrangerException>(() => ceilings.CallerOf(new(1, 9575, stolen, 0), "operator", "admin"));
        Assert.Equal(("server/mcp", "operator", ErrorKind.PermissionDenied), (refusal.Caller.Proven, refusal.Caller.Says, refusal.Error.Kind));
        Assert.Contains("was revoked on", refusal.Message);
    }

    [Fact]
    public void One_that_is_issued_under_the_name_afterwards_is_good_also_within_the_same_second_and_the_stolen_one_stays_bad()
    {
        var stolen = Identity(MeshRole.Server, "mcp");
        _enrollment.Revoke("mcp");
        _authority.Issue(MeshRole.Server, "mcp", [], force: true);
        var next = Identity(MeshRole.Server, "mcp");

        Assert.Null(_revocations.Since(next));
        Assert.NotNull(_revocations.Since(stolen));
        // A relay of before, that does not pass on when it was issued.
        Assert.NotNull(_revocations.Since(next with { Issued = null }));
    }

    [Fact]
    public void Of_a_fingerprint_the_others_of_the_name_are_not_concerned()
    {
        var first = Identity(MeshRole.Server, "mcp");
        _authority.Issue(MeshRole.Server, "mcp", [], force: true);
        _enrollment.Revoke(first.Fingerprint);
        Assert.Null(_revocations.Since(Identity(MeshRole.Server, "mcp")));
        Assert.NotNull(_revocations.Since(first));
    }

    [Fact]
    public void A_stolen_nodes_key_renews_nothing()
    {
        _authority.Issue(MeshRole.Node, "edge1", []);
        using var current = X509Certificate2.CreateFromPemFile(_authority.FilesOf(MeshRole.Node, "edge1").Certificate, _authority.FilesOf(MeshRole.Node, "edge1").Key);
        _clock.Now += TimeSpan.FromMinutes(1);
        _enrollment.Revoke("edge1");
        var signing = SigningRequest.Create("edge1");
        var request = new EnrollRequest("edge1", signing.CsrPem, Renewal: SigningRequest.Prove(signing.CsrPem, current));
        Assert.False(_enrollment.IsGenuine(request));
        Assert.Contains("was revoked on", Assert.Throws<MeshException>(() => _enrollment.Enroll(request)).Message);
    }

    [Fact]
    public void A_list_is_the_authoritys_whoever_brings_it_and_an_older_one_takes_nothing_back()
    {
        var trust = TrustStore.FromPem(File.ReadAllText(_authority.Authority.Certificate));
        var first = _enrollment.Revoke("mcp");
        var second = _enrollment.Revoke("api");
        Assert.True(trust.Made(first) && trust.Made(second));
        Assert.False(trust.Made(second with { Revoked = [] }));
        Assert.False(trust.Made(second with { Number = 9 }));
        Assert.False(trust.Made(second with { Revoked = [.. second.Revoked.Select(r => r with { At = r.At.AddSeconds(1) })] }));
        Assert.False(trust.Made(second with { Signature = "" }));
        // Two entries as one say the same to whoever signs, and nothing to whoever reads.
        Assert.False(trust.Made(second with { Revoked = [second.Revoked[1] with { What = $"{second.Revoked[0].What} {second.Revoked[0].At.ToUnixTimeSeconds()}\n{second.Revoked[1].What}" }] }));

        var elsewhere = new Revocations(PathTo("elsewhere.json"));
        var told = 0;
        elsewhere.Changed += () => told++;
        Assert.True(elsewhere.Take(second));
        Assert.False(elsewhere.Take(first));
        Assert.Equal(1, told);
        Assert.Equal(["mcp", "api"], elsewhere.List.Revoked.Select(r => r.What));
    }

    [Fact]
    public void It_holds_after_a_start_and_a_list_that_cannot_be_read_lets_nobody_in()
    {
        var stolen = Identity(MeshRole.Server, "mcp");
        _enrollment.Revoke("mcp");
        Assert.NotNull(new Revocations(PathTo("revoked.json")).Since(stolen));
        File.WriteAllText(PathTo("revoked.json"), "{");
        Assert.Throws<MeshException>(() => new Revocations(PathTo("revoked.json")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Not A Name")]
    [InlineData("AA00")]
    [InlineData("a\nb")]
    public void What_is_neither_a_name_nor_a_fingerprint_is_refused(string what) =>
        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<MeshException>(() => _enrollment.Revoke(what)).Error.Kind);

    [Fact]
    public void The_moment_of_issuing_comes_with_the_preamble()
    {
        var identity = Identity(MeshRole.Server, "mcp");
        Assert.Equal(identity, RelayPreamble.Read(RelayPreamble.Of(identity).AsSpan()[..^1]));
        Assert.NotNull(identity.Issued);
    }

    MeshIdentity Identity(MeshRole role, string name)
    {
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(_authority.FilesOf(role, name).Certificate);
        Assert.True(MeshIdentity.TryRead(certificate, out var identity));
        return identity;
    }

    string PathTo(string file) => Path.Combine(_folder.FullName, file);
}
