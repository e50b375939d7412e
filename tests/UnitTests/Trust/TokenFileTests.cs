using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Trust;
using Xunit;

namespace MeshMcp.UnitTests.Trust;

public sealed class TokenFileTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("meshmcp-tokens-").FullName;

    TokenFile File => new(Path.Combine(_folder, "tokens.json"), TimeProvider.System);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_new_token_is_found_by_its_plain_text_and_the_file_does_not_hold_it()
    {
        var plain = File.Create("claude", [Scope.Operate], nodes: ["vps"]);

        var tokens = File.Read();
        var found = Token.Find(tokens, plain, TimeProvider.System.GetUtcNow());
        Assert.Equal("claude", found?.Name);
        Assert.Equal([Scope.Operate], found!.Scopes);
        Assert.Equal(["vps"], found.Nodes);
        Assert.Contains("\"operate\"", System.IO.File.ReadAllText(File.Path), StringComparison.Ordinal);
        Assert.DoesNotContain(plain, System.IO.File.ReadAllText(File.Path), StringComparison.Ordinal);
        Assert.Null(Token.Find(tokens, plain + "0", TimeProvider.System.GetUtcNow()));
        Assert.Null(Token.Find(tokens, "", TimeProvider.System.GetUtcNow()));
    }

    [Fact]
    public void The_file_is_readable_by_its_owner_only_and_no_temporary_file_stays()
    {
        File.Create("a", [Scope.Read]);
        File.Create("b", [Scope.Read]);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File.Path));
        Assert.Equal([File.Path, File.Path + ".lock"], Directory.GetFiles(_folder).Order());
    }

    [Fact]
    public void An_expired_token_is_not_found()
    {
        var plain = File.Create("brief", [Scope.Read], TimeProvider.System.GetUtcNow().AddMinutes(1));
        var tokens = File.Read();

        Assert.NotNull(Token.Find(tokens, plain, tokens[0].Created));
        Assert.Null(Token.Find(tokens, plain, tokens[0].Expires!.Value));
    }

    [Fact]
    public void A_revoked_token_is_gone_and_an_unknown_name_is_refused_with_the_nearest()
    {
        File.Create("laptop", [Scope.Admin]);

        var refused = Assert.Throws<MeshException>(() => File.Revoke("laptpo"));
        Assert.Equal(ErrorKind.NotFound, refused.Error.Kind);
        Assert.Equal(["laptop"], refused.Error.Problems![0].Nearest);

        File.Revoke("laptop");
        Assert.Empty(File.Read());
    }

    [Fact]
    public async Task Of_changes_at_once_none_is_lost()
    {
        await Task.WhenAll(Enumerable.Range(0, 24).Select(i => Task.Run(() => File.Create($"t{i}", [Scope.Read]))));
        Assert.Equal(24, File.Read().Count);
        await Task.WhenAll(Enumerable.Range(0, 24).Select(i => Task.Run(() =>
        {
            if (i % 2 == 0) File.Revoke($"t{i}");
            else File.Create($"u{i}", [Scope.Read]);
        })));
        Assert.Equal(Enumerable.Range(0, 24).Where(i => i % 2 == 1).SelectMany(i => new[] { $"t{i}", $"u{i}" }).Order(), File.Read().Select(t => t.Name).Order());
    }

    [Fact]
    public void A_file_that_is_there_and_cannot_be_read_is_not_taken_for_none()
    {
        Directory.CreateDirectory(File.Path);
        Assert.Equal(ErrorKind.PermissionDenied, Assert.Throws<MeshException>(() => File.Read()).Error.Kind);
    }

    [Fact]
    public void A_name_is_used_once()
    {
        File.Create("laptop", [Scope.Read]);
        Assert.Equal(ErrorKind.Conflict, Assert.Throws<MeshException>(() => File.Create("laptop", [Scope.Read])).Error.Kind);
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("line\nbreak")]
    public void A_name_that_could_forge_a_log_line_is_refused(string name) =>
        Assert.Equal("[0].name", Assert.Throws<MeshException>(() => File.Create(name, [Scope.Read])).Error.Problems![0].Path);

    [Theory]
    [InlineData("""[{"name":"a","scopes":["read"],"sha256":"00","created":"2026-01-01T00:00:00Z"}]""", "[0].sha256")]
    [InlineData("""[{"name":"a","scopes":[],"sha256":"0000000000000000000000000000000000000000000000000000000000000000","created":"2026-01-01T00:00:00Z"}]""", "[0].scopes")]
    [InlineData("""[{"name":"a","scopes":["root"],"sha256":"","created":"2026-01-01T00:00:00Z"}]""", "$[0].scopes[0]")]
    [InlineData("""[{"name":"a","colour":"red"}]""", "$[0].colour")]
    [InlineData("[null]", "[0]")]
    [InlineData("not json", "$")]
    public void A_broken_file_is_refused_with_the_place(string text, string path)
    {
        System.IO.File.WriteAllText(File.Path, text);
        var refused = Assert.Throws<MeshException>(() => File.Read());
        Assert.Equal(ErrorKind.InvalidArgument, refused.Error.Kind);
        Assert.Equal(path, refused.Error.Problems![0].Path);
    }

    [Fact]
    public void Of_several_tokens_only_the_one_that_is_named_is_revoked()
    {
        foreach (var name in new[] { "a", "b", "c" }) File.Create(name, [Scope.Read]);
        File.Revoke("b");
        Assert.Equal(["a", "c"], File.Read().Select(t => t.Name));
    }

    [Fact]
    public void A_name_has_at_most_64_characters_and_some_signs()
    {
        File.Create("a.b_c-D9", [Scope.Read]);
        File.Create(new('x', 64), [Scope.Read]);
        Assert.Throws<MeshException>(() => File.Create(new('x', 65), [Scope.Read]));
    }

    [Fact]
    public void A_token_says_what_it_is_and_a_secret_of_256_bits() => Assert.Matches("^mesh_[0-9a-f]{64}$", File.Create("a", [Scope.Read]));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void An_end_that_is_over_already_is_refused(int minutes)
    {
        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<MeshException>(() => File.Create("brief", [Scope.Read], TimeProvider.System.GetUtcNow().AddMinutes(minutes))).Error.Kind);
        Assert.Empty(File.Read());
    }

    [Theory]
    [InlineData("b", "[1].name")]
    [InlineData("c", null)]
    public void A_name_that_is_used_twice_in_the_file_is_refused(string name, string? fault)
    {
        const string Hash = "0000000000000000000000000000000000000000000000000000000000000000";
        System.IO.File.WriteAllText(File.Path, $$"""[{"name":"b","scopes":["read"],"sha256":"{{Hash}}","created":"2026-01-01T00:00:00Z"},{"name":"{{name}}","scopes":["read"],"sha256":"{{Hash}}","created":"2026-01-01T00:00:00Z"}]""");
        Assert.Equal(fault, (Record.Exception(() => File.Read()) as MeshException)?.Error.Problems![0].Path);
    }

    [Theory]
    [InlineData("000000000000000000000000000000000000000000000000000000000000000g")]
    [InlineData("00000000000000000000000000000000000000000000000000000000000000000")]
    public void A_hash_of_another_form_is_refused(string hash)
    {
        System.IO.File.WriteAllText(File.Path, $$"""[{"name":"b","scopes":["read"],"sha256":"{{hash}}","created":"2026-01-01T00:00:00Z"}]""");
        Assert.Equal("[0].sha256", Assert.Throws<MeshException>(() => File.Read()).Error.Problems![0].Path);
    }
}
