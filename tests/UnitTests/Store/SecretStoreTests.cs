using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
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
            _secrets.Put("warp-profile", SecretKind.WarpProfile, value);
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_folder, "warp-profile.warp-profile")));
        }
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder));
    }

    [Fact]
    public void What_is_put_is_found_by_its_reference_and_listed_without_its_content()
    {
        _secrets.Put("warp-profile", SecretKind.WarpProfile, "content");
        File.WriteAllText(Path.Combine(_folder, "warp-profile.0123.tmp"), "half");

        Assert.Equal("content", _secrets.Find("secret:warp-profile", SecretKind.WarpProfile));
        Assert.Null(_secrets.Find("secret:other", SecretKind.WarpProfile));
        Assert.Null(_secrets.Find("warp-profile", SecretKind.WarpProfile));
        Assert.Null(_secrets.Find(null, SecretKind.WarpProfile));
        var listed = Assert.Single(_secrets.List().Secrets);
        Assert.Equal(("warp-profile", 7L, "ed7002b439e9ac84"), (listed.Name, listed.Bytes, listed.Sha256));
        Assert.Equal([new("warp-profile.warp-profile", "content")], _secrets.ReadAll());
    }

    [Fact]
    public void A_secret_is_found_as_what_it_was_stored_as_and_as_nothing_else()
    {
        foreach (var kind in Enum.GetValues<SecretKind>())
        {
            _secrets.Put("it", kind, $"for {kind}");
            foreach (var asked in Enum.GetValues<SecretKind>())
            {
                Assert.Equal(asked == kind ? $"for {kind}" : null, _secrets.Find("secret:it", asked));
                Assert.Equal(asked == kind, _secrets.Misused("here", "secret:it", asked) is null);
            }
            Assert.Equal(kind, Assert.Single(_secrets.List().Secrets).Kind);
        }
        Assert.Contains("was stored as file, and here a secret of kind tls-key is needed", _secrets.Lack("secret:it", SecretKind.TlsKey), StringComparison.Ordinal);
        Assert.Null(_secrets.Misused("here", "secret:not-yet", SecretKind.File));
    }

    [Fact]
    public void A_secret_without_a_kind_goes_anywhere_but_into_a_file()
    {
        File.WriteAllText(Path.Combine(_folder, "old"), "x");

        foreach (var asked in Enum.GetValues<SecretKind>()) Assert.Equal(asked == SecretKind.File ? null : "x", _secrets.Find("secret:old", asked));
        Assert.Contains("was stored without a kind", _secrets.Misused("here", "secret:old", SecretKind.File)!.Message, StringComparison.Ordinal);
        _secrets.Put("old", SecretKind.File, "x");
        Assert.Equal(["old.file"], Directory.GetFiles(_folder).Select(Path.GetFileName));
    }

    [Fact]
    public void What_a_backup_holds_comes_back_with_its_kind()
    {
        _secrets.Put("a", SecretKind.TlsKey, "1");
        File.WriteAllText(Path.Combine(_folder, "old"), "2");
        var backup = _secrets.ReadAll();
        foreach (var file in Directory.GetFiles(_folder)) File.Delete(file);

        _secrets.Restore(backup);

        Assert.Equal(backup, _secrets.ReadAll());
        Assert.Equal(("1", "2"), (_secrets.Find("secret:a", SecretKind.TlsKey), _secrets.Find("secret:old", SecretKind.XrayId)));
        Assert.Throws<MeshException>(() => _secrets.Restore(new Dictionary<string, string> { ["../x"] = "y" }));
    }

    [Theory]
    [InlineData("../etc/passwd")]
    [InlineData("a/b")]
    [InlineData("Upper")]
    [InlineData(".hidden")]
    [InlineData("")]
    public void A_name_that_leads_elsewhere_is_refused(string name)
    {
        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<MeshException>(() => _secrets.Put(name, SecretKind.WarpProfile, "x")).Error.Kind);
        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<MeshException>(() => _secrets.Delete(name)).Error.Kind);
    }

    [Fact]
    public void A_secret_has_1_byte_to_64_KiB()
    {
        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<MeshException>(() => _secrets.Put("a", SecretKind.WarpProfile, "")).Error.Kind);
        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<MeshException>(() => _secrets.Put("a", SecretKind.WarpProfile, new('x', 65537))).Error.Kind);
        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<MeshException>(() => _secrets.Put("a", SecretKind.WarpProfile, new('é', 32769))).Error.Kind);
        Assert.Equal(65536, _secrets.Put("a", SecretKind.WarpProfile, new('x', 65536)).Bytes);
    }

    [Fact]
    public void A_deleted_secret_is_gone_and_an_unknown_one_is_refused_with_the_nearest()
    {
        _secrets.Put("warp-profile", SecretKind.WarpProfile, "content");

        var refusal = Assert.Throws<MeshException>(() => _secrets.Delete("warp-profil")).Error;
        Assert.Equal((ErrorKind.NotFound, "warp-profile"), (refusal.Kind, refusal.Problems![0].Nearest![0]));
        Assert.Equal("warp-profile", _secrets.Delete("warp-profile").Name);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public void What_was_replaced_or_deleted_is_masked_by_the_name_that_it_had()
    {
        _secrets.Put("other", SecretKind.File, "what lies beside");
        _secrets.Put("key", SecretKind.File, "the first one");
        _secrets.Put("key", SecretKind.File, "the second one");
        _secrets.Delete("key");

        Assert.Equal("secret:key secret:key secret:other", _secrets.Mask("the first one the second one what lies beside"));
        Assert.Equal(["other"], _secrets.List().Secrets.Select(s => s.Name));
    }

    [Fact]
    public void Of_former_values_the_256_that_were_hidden_last_are_masked()
    {
        for (var i = 0; i < 256; i++) _secrets.Hide($"n{i}", $"value number {i};");
        _secrets.Hide("again", "value number 5;");
        _secrets.Hide("last", "the last value");

        Assert.Equal("value number 0; secret:n1 secret:again secret:n255 secret:last", _secrets.Mask("value number 0; value number 1; value number 5; value number 255; the last value"));
    }

    [Fact]
    public void What_is_misused_is_so_beside_others_too_and_foreign_files_are_no_secrets()
    {
        foreach (var foreign in new[] { "Upper", "Upper.file", ".hidden", "a.b.file", "key.unknown-kind" }) File.WriteAllText(Path.Combine(_folder, foreign), "x");
        _secrets.Put("key", SecretKind.TlsKey, "1");
        _secrets.Put("other", SecretKind.File, "2");

        Assert.NotNull(_secrets.Misused("here", "secret:key", SecretKind.File));
        Assert.Equal(["key", "other"], _secrets.List().Secrets.Select(s => s.Name));
        Assert.Equal(["key.tls-key", "other.file"], _secrets.ReadAll().Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_secret_that_somebody_writes_anew_in_its_place_is_masked_from_then_on()
    {
        _secrets.Put("key", SecretKind.File, "the first one");
        Assert.Equal("secret:key", _secrets.Mask("the first one"));

        File.WriteAllText(Path.Combine(_folder, "key.file"), "something else");

        Assert.Equal("secret:key", _secrets.Mask("something else"));
    }
}
