using MeshMcp.Contracts.Errors;
using MeshMcp.HostBridge.Store;
using Xunit;

namespace MeshMcp.UnitTests.Store;

public sealed class SecretStoreTests : IDisposable
{
    readonly string _folder = Path.Combine(Directory.CreateTempSubdirectory("meshmcp-secrets-").FullName, "secrets");
    readonly SecretStore _secrets;

    public SecretStoreTests() => _secrets = new(_folder);

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_folder)!, recursive: true);

    [Fact]
    public void A_secret_is_for_its_owner_alone_from_the_first_time_on()
    {
        foreach (var value in new[] { "first", "second" })
        {
            _secrets.Put("warp-profile", value);
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_folder, "warp-profile")));
        }
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder));
    }

    [Fact]
    public void What_is_put_is_found_by_its_reference_and_listed_without_its_content()
    {
        _secrets.Put("warp-profile", "content");
        File.WriteAllText(Path.Combine(_folder, "warp-profile.0123.tmp"), "half");

        Assert.Equal("content", _secrets.Find("secret:warp-profile"));
        Assert.Null(_secrets.Find("secret:other"));
        Assert.Null(_secrets.Find("warp-profile"));
        Assert.Null(_secrets.Find(null));
        var listed = Assert.Single(_secrets.List().Secrets);
        Assert.Equal(("warp-profile", 7L, "ed7002b439e9ac84"), (listed.Name, listed.Bytes, listed.Sha256));
        Assert.Equal([new("warp-profile", "content")], _secrets.ReadAll());
    }

    [Theory]
    [InlineData("../etc/passwd")]
    [InlineData("a/b")]
    [InlineData("Upper")]
    [InlineData(".hidden")]
    [InlineData("")]
    public void A_name_that_leads_elsewhere_is_refused(string name)
    {
        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<MeshException>(() => _secrets.Put(name, "x")).Error.Kind);
        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<MeshException>(() => _secrets.Delete(name)).Error.Kind);
    }

    [Fact]
    public void A_secret_has_1_byte_to_64_KiB()
    {
        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<MeshException>(() => _secrets.Put("a", "")).Error.Kind);
        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<MeshException>(() => _secrets.Put("a", new('x', 65537))).Error.Kind);
        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<MeshException>(() => _secrets.Put("a", new('é', 32769))).Error.Kind);
        Assert.Equal(65536, _secrets.Put("a", new('x', 65536)).Bytes);
    }

    [Fact]
    public void A_deleted_secret_is_gone_and_an_unknown_one_is_refused_with_the_nearest()
    {
        _secrets.Put("warp-profile", "content");

        var refusal = Assert.Throws<MeshException>(() => _secrets.Delete("warp-profil")).Error;
        Assert.Equal((ErrorKind.NotFound, "warp-profile"), (refusal.Kind, refusal.Problems![0].Nearest![0]));
        Assert.Equal("warp-profile", _secrets.Delete("warp-profile").Name);
        Assert.Empty(Directory.GetFiles(_folder));
    }
}
