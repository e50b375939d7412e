using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Trust;
using Xunit;

namespace MeshMcp.UnitTests.Trust;

public sealed class AuthorityFolderTests : IDisposable
{
    readonly DirectoryInfo _temporary = Directory.CreateTempSubdirectory("meshmcp-pki-");
    string FolderPath => Path.Combine(_temporary.FullName, "pki");
    AuthorityFolder Folder => new(FolderPath, TimeProvider.System);

    public void Dispose() => _temporary.Delete(recursive: true);

    [Fact]
    public void Keys_are_readable_by_their_owner_alone_and_nothing_else_is_left_behind()
    {
        Folder.Create("mesh");
        Folder.Issue(MeshRole.Node, "vps", []);

        Assert.Equal(["ca.crt", "ca.key", "vps.node.crt", "vps.node.key"], Directory.GetFiles(FolderPath).Select(f => Path.GetFileName(f)).Order());
        Assert.All(Directory.GetFiles(FolderPath, "*.key"), key => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key)));
    }

    [Fact]
    public void What_exists_is_replaced_only_by_force()
    {
        Folder.Create("mesh");
        Folder.Issue(MeshRole.Node, "vps", []);
        var first = File.ReadAllText(Folder.FilesOf(MeshRole.Node, "vps").Certificate);

        Assert.Equal(ErrorKind.Conflict, Assert.Throws<MeshException>(() => Folder.Create("mesh")).Error.Kind);
        Assert.Equal(ErrorKind.Conflict, Assert.Throws<MeshException>(() => Folder.Issue(MeshRole.Node, "vps", [])).Error.Kind);
        Assert.Equal(first, File.ReadAllText(Folder.FilesOf(MeshRole.Node, "vps").Certificate));

        Folder.Issue(MeshRole.Node, "vps", [], force: true);
        Assert.NotEqual(first, File.ReadAllText(Folder.FilesOf(MeshRole.Node, "vps").Certificate));
    }

    [Fact]
    public void Without_an_authority_issuing_says_how_to_make_one()
    {
        var refusal = Assert.Throws<MeshException>(() => Folder.Issue(MeshRole.Node, "vps", [])).Error;

        Assert.Equal(ErrorKind.NotFound, refusal.Kind);
        Assert.Contains("meshctl pki init", refusal.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_of_a_certificate_is_named()
    {
        Folder.Create("mesh");
        var refusal = Assert.Throws<MeshException>(() => new MeshCertificates(Folder.Authority.Certificate, Folder.FilesOf(MeshRole.Node, "vps")).Current()).Error;

        Assert.Equal(ErrorKind.NotFound, refusal.Kind);
        Assert.EndsWith("vps.node.crt", refusal.Target, StringComparison.Ordinal);
    }
}
