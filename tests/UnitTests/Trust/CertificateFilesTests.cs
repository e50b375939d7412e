using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Trust;
using Xunit;

namespace MeshMcp.UnitTests.Trust;

/// <summary>Certificates on disk: at every moment a pair that fits.</summary>
public sealed class CertificateFilesTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("meshmcp-pair-").FullName;
    readonly CertificateAuthority _authority = CertificateAuthority.Create("mesh", TimeSpan.FromDays(100), TimeProvider.System);
    readonly CertificateFiles _files;
    readonly IssuedCertificate _first, _second;

    public CertificateFilesTests()
    {
        _files = new(Path.Combine(_folder, "node.crt"), Path.Combine(_folder, "node.key"));
        (_first, _second) = (Issue(), Issue());
        File.WriteAllText(Path.Combine(_folder, "ca.crt"), _authority.CertificatePem);
        CertificatePair.Replace(_files, _first.CertificatePem, _first.KeyPem);
    }

    public void Dispose()
    {
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void A_pair_is_replaced_as_one_and_its_key_is_for_its_owner_alone()
    {
        CertificatePair.Replace(_files, _second.CertificatePem, _second.KeyPem);

        AssertIs(_second);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_files.Key));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead, File.GetUnixFileMode(_files.Certificate));
    }

    [Fact]
    public void What_was_cut_off_before_both_were_complete_is_dropped()
    {
        File.WriteAllText(_files.Key + ".next", _second.KeyPem);
        CertificatePair.Complete(_files);
        AssertIs(_first);
    }

    [Fact]
    public void What_was_cut_off_when_both_were_complete_is_finished()
    {
        File.WriteAllText(_files.Key + ".next", _second.KeyPem);
        File.WriteAllText(_files.Certificate + ".next", _second.CertificatePem);
        CertificatePair.Complete(_files);
        AssertIs(_second);
    }

    [Fact]
    public void What_was_cut_off_between_the_two_is_finished()
    {
        File.WriteAllText(_files.Key, _second.KeyPem);
        File.WriteAllText(_files.Certificate + ".next", _second.CertificatePem);
        CertificatePair.Complete(_files);
        AssertIs(_second);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Halves_of_two_pairs_are_dropped(bool withKey)
    {
        if (withKey) File.WriteAllText(_files.Key + ".next", Issue().KeyPem);
        File.WriteAllText(_files.Certificate + ".next", _second.CertificatePem);
        CertificatePair.Complete(_files);
        AssertIs(_first);
    }

    [Fact]
    public void Where_nothing_was_cut_off_nothing_changes()
    {
        CertificatePair.Complete(_files);
        AssertIs(_first);
    }

    [Fact]
    public void Credentials_are_read_again_when_their_files_change_and_only_then()
    {
        var certificates = new MeshCertificates(Path.Combine(_folder, "ca.crt"), _files);
        var before = certificates.Current();
        Assert.Same(before, certificates.Current());

        CertificatePair.Replace(_files, _second.CertificatePem, _second.KeyPem);
        var after = certificates.Current();
        Assert.Equal(Thumbprint(_second), after.Certificate.Thumbprint);
        Assert.Null(certificates.RenewalProblem);

        // Between the two moves of a renewal, and worse.
        foreach (var key in new[] { _first.KeyPem, "half" })
        {
            File.WriteAllText(_files.Key, key);
            Assert.Same(after, certificates.Current());
            Assert.Equal((ErrorKind.InvalidArgument, _files.Certificate), (certificates.RenewalProblem!.Kind, certificates.RenewalProblem.Target));
        }
    }

    [Fact]
    public void An_authority_whose_files_do_not_belong_together_is_refused()
    {
        File.WriteAllText(Path.Combine(_folder, "ca.key"), _first.KeyPem);
        var refusal = Assert.Throws<MeshException>(() => AuthorityFiles.Open(new(Path.Combine(_folder, "ca.crt"), Path.Combine(_folder, "ca.key")), TimeProvider.System)).Error;
        Assert.Equal(ErrorKind.InvalidArgument, refusal.Kind);
    }

    [Theory]
    [InlineData("ca.crt")]
    [InlineData("ca.key")]
    public void An_authority_of_which_one_file_is_there_is_not_overwritten(string there)
    {
        var folder = Path.Combine(_folder, "pki");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, there), "");
        Assert.Equal(ErrorKind.Conflict, Assert.Throws<MeshException>(() => new AuthorityFolder(folder, TimeProvider.System).Create("mesh")).Error.Kind);
    }

    [Fact]
    public void An_authoritys_folder_is_for_its_owner_alone_and_it_lives_ten_years_a_nodes_certificate_one_and_a_servers_a_month()
    {
        var folder = new AuthorityFolder(Path.Combine(_folder, "pki"), TimeProvider.System);
        var ends = folder.Create("mesh");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.Combine(_folder, "pki")));
        Assert.Equal(3650, (ends - TimeProvider.System.GetUtcNow()).TotalDays, 0.1);
        Assert.Equal(365, (folder.Issue(MeshRole.Node, "vps", []) - TimeProvider.System.GetUtcNow()).TotalDays, 0.1);
        Assert.Equal(30, (folder.Issue(MeshRole.Server, "mcp", []) - TimeProvider.System.GetUtcNow()).TotalDays, 0.1);
    }

    IssuedCertificate Issue() => _authority.Issue(MeshRole.Node, "vps", [], TimeSpan.FromDays(10));

    /// <summary>And nothing else is left.</summary>
    void AssertIs(IssuedCertificate pair)
    {
        Assert.Equal((pair.CertificatePem.Trim(), pair.KeyPem.Trim()), (File.ReadAllText(_files.Certificate).Trim(), File.ReadAllText(_files.Key).Trim()));
        Assert.Equal(["ca.crt", "node.crt", "node.key"], Directory.GetFiles(_folder).Select(Path.GetFileName).Order());
    }

    static string Thumbprint(IssuedCertificate pair) => System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(pair.CertificatePem).Thumbprint;
}
