using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Trust;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.UnitTests.Trust;

/// <summary>What the authority writes into certificates, so that also other people's programs know what they are for.</summary>
public sealed class CertificateFormTests : IDisposable
{
    const string ServerUse = "1.3.6.1.5.5.7.3.1", ClientUse = "1.3.6.1.5.5.7.3.2";

    static readonly DateTimeOffset Start = new(2026, 11, 22, 0, 0, 0, TimeSpan.Zero);
    static readonly TimeSpan Year = TimeSpan.FromDays(365);

    readonly HandClock _clock = new() { Now = Start };
    readonly CertificateAuthority _authority;

    public CertificateFormTests() => _authority = CertificateAuthority.Create("mesh", 2 * Year, _clock);

    public void Dispose() => _authority.Dispose();

    [Fact]
    public void The_authority_signs_leaves_and_does_nothing_else()
    {
        using var authority = Read(_authority.CertificatePem);

        var basic = Of<X509BasicConstraintsExtension>(authority);
        Assert.Equal((true, true, true, 0), (basic.Critical, basic.CertificateAuthority, basic.HasPathLengthConstraint, basic.PathLengthConstraint));
        var usage = Of<X509KeyUsageExtension>(authority);
        Assert.Equal((true, X509KeyUsageFlags.KeyCertSign), (usage.Critical, usage.KeyUsages));
        Assert.Equal((Start.AddMinutes(-5), Start + (2 * Year)), Life(authority));
    }

    [Theory]
    [InlineData(MeshRole.Node, ServerUse)]
    [InlineData(MeshRole.Server, ServerUse + " " + ClientUse)]
    public void A_leaf_signs_nothing_and_is_for_its_role_alone(MeshRole role, string uses)
    {
        using var leaf = Read(_authority.Issue(role, "vps", [], Year).CertificatePem);

        var basic = Of<X509BasicConstraintsExtension>(leaf);
        Assert.Equal((true, false, false), (basic.Critical, basic.CertificateAuthority, basic.HasPathLengthConstraint));
        var usage = Of<X509KeyUsageExtension>(leaf);
        Assert.Equal((true, X509KeyUsageFlags.DigitalSignature), (usage.Critical, usage.KeyUsages));
        var use = Of<X509EnhancedKeyUsageExtension>(leaf);
        Assert.False(use.Critical);
        Assert.Equal(uses, string.Join(' ', use.EnhancedKeyUsages.Cast<Oid>().Select(o => o.Value)));
        Assert.Equal(Of<X509SubjectKeyIdentifierExtension>(Read(_authority.CertificatePem)).SubjectKeyIdentifierBytes.ToArray(), Of<X509AuthorityKeyIdentifierExtension>(leaf).KeyIdentifier!.Value.ToArray());
        Assert.Null(Of<X509AuthorityKeyIdentifierExtension>(leaf).SerialNumber);
    }

    [Fact]
    public void A_leaf_begins_five_minutes_ago_but_not_before_its_authority_and_lives_as_long_as_was_asked()
    {
        Assert.Equal((Start.AddMinutes(-5), Start + Year), Life(Read(_authority.Issue(MeshRole.Node, "vps", [], Year).CertificatePem)));
        _clock.Now = Start.AddMinutes(-3);
        Assert.Equal(Start.AddMinutes(-5), Life(Read(_authority.Issue(MeshRole.Node, "vps", [], Year).CertificatePem)).From);
        _clock.Now = Start.AddDays(1);
        Assert.Equal(Start.AddDays(1).AddMinutes(-5), Life(Read(_authority.Issue(MeshRole.Node, "vps", [], Year).CertificatePem)).From);
    }

    [Fact]
    public void What_is_issued_may_end_with_its_authority_and_not_a_second_later()
    {
        Assert.Equal(_authority.Ends, _authority.Issue(MeshRole.Node, "vps", [], 2 * Year).Ends);
        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<MeshException>(() => _authority.Issue(MeshRole.Node, "vps", [], (2 * Year) + TimeSpan.FromSeconds(1))).Error.Kind);
    }

    [Fact]
    public void A_node_that_joins_gets_the_life_that_was_asked_for_at_most_what_the_authority_has_left_and_of_one_that_ended_nothing()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        Assert.Equal(Start + Year, _authority.SignNode("edge1", new(key), Year).Ends);
        _clock.Now = Start + Year + TimeSpan.FromDays(300);
        Assert.Equal(_authority.Ends, _authority.SignNode("edge1", new(key), Year).Ends);
        foreach (var late in new[] { TimeSpan.Zero, TimeSpan.FromDays(1) })
        {
            _clock.Now = _authority.Ends + late;
            Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<MeshException>(() => _authority.SignNode("edge1", new(key), Year)).Error.Kind);
        }
    }

    [Fact]
    public void Serials_are_positive_and_never_the_same()
    {
        byte[][] serials = [.. Enumerable.Range(0, 20).Select(_ => Read(_authority.Issue(MeshRole.Node, "vps", [], Year).CertificatePem).SerialNumberBytes.ToArray())];
        Assert.All(serials, s => Assert.Equal((16, 0x40), (s.Length, s[0] & 0xc0)));
        Assert.Equal(20, serials.Select(Convert.ToHexString).Distinct().Count());
    }

    static X509Certificate2 Read(string pem) => X509Certificate2.CreateFromPem(pem);

    static T Of<T>(X509Certificate2 certificate) where T : X509Extension => Assert.Single(certificate.Extensions.OfType<T>());

    static (DateTimeOffset From, DateTimeOffset To) Life(X509Certificate2 certificate) => (certificate.NotBefore, certificate.NotAfter);
}
