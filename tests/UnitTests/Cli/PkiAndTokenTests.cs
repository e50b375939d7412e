using System.Text.Json;
using MeshMcp.Cli.Commands;
using MeshMcp.Contracts.Trust;
using Xunit;

namespace MeshMcp.UnitTests.Cli;

[Collection(CommandLine.Tests)]
public sealed class PkiAndTokenTests : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("meshmcp-cli-");
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    string PathTo(string file) => Path.Combine(_folder.FullName, file);

    static async Task<(int Code, string Output, string Error)> Run(params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = await Meshctl.RunAsync(args, output, error, Ct);
        return (code, output.ToString(), error.ToString());
    }

    [Fact]
    public async Task Init_and_issue_make_files_that_a_server_can_use()
    {
        Assert.Equal(0, (await Run("pki", "init", PathTo("pki"), "--name", "mesh")).Code);
        var (code, output, _) = await Run("pki", "issue", PathTo("pki"), "--role", "server", "--name", "mcp", "--address", "10.1.0.200", "--days", "90", "--json");

        Assert.Equal(0, code);
        var made = JsonDocument.Parse(output).RootElement;
        Assert.Equal("mesh://server/mcp", made.GetProperty("identity").GetString());
        var credentials = new MeshCertificates(PathTo("pki/ca.crt"), new(made.GetProperty("certificate").GetString()!, made.GetProperty("key").GetString()!)).Current();
        Assert.IsType<PeerVerification.Accepted>(credentials.Verify(MeshRole.Server, TimeProvider.System.GetUtcNow().AddDays(89)));
    }

    [Theory]
    [InlineData("server", 30, "authority.renews")]
    [InlineData("node", 365, "renewFrom")]
    public async Task Issue_says_how_long_it_is_good_and_who_renews_it(string role, int days, string renewer)
    {
        await Run("pki", "init", PathTo("pki"));
        var (code, output, _) = await Run("pki", "issue", PathTo("pki"), "--role", role, "--name", "mcp");

        Assert.Equal(0, code);
        Assert.Contains($"{TimeProvider.System.GetUtcNow().AddDays(days):yyyy-MM-dd}", output, StringComparison.Ordinal);
        Assert.Contains("renewed by", output, StringComparison.Ordinal);
        Assert.Contains(renewer, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_says_what_where_and_what_next_and_ends_with_1()
    {
        await Run("pki", "init", PathTo("pki"));

        var (code, output, error) = await Run("pki", "init", PathTo("pki"));

        Assert.Equal((1, ""), (code, output));
        Assert.Contains("ca.crt exists.", error, StringComparison.Ordinal);
        Assert.Contains("where:", error, StringComparison.Ordinal);
        Assert.Contains("next:", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pki")]
    [InlineData("nonsense")]
    [InlineData("pki", "issue", "/x", "--role", "root", "--name", "a")]
    [InlineData("pki", "issue", "/x", "--role", "node", "--name", "A B")]
    [InlineData("pki", "issue", "/x", "--role", "node", "--name", "a", "--days", "0")]
    [InlineData("token", "create", "--file", "/x", "--name", "a", "--scope", "root")]
    [InlineData("secret", "set", "Not A Name")]
    [InlineData("node", "invite", "edge1", "--expires", "soon")]
    [InlineData("node", "invite", "edge1", "--expires", "0h")]
    [InlineData("node", "join")]
    public async Task A_wrong_command_line_ends_with_2_and_points_to_the_help(params string[] args)
    {
        var (code, output, error) = await Run(args);

        Assert.Equal((2, ""), (code, output));
        Assert.Contains("--help", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_is_shown_once_listed_without_its_secret_and_revoked()
    {
        var file = PathTo("tokens.json");
        var created = JsonDocument.Parse((await Run("token", "create", "--file", file, "--name", "alice", "--scope", "operate", "--expires", "30d", "--node", "vps", "--json")).Output).RootElement;
        var plain = created.GetProperty("token").GetString()!;

        Assert.NotNull(Token.Find(new TokenFile(file, TimeProvider.System).Read(), plain, TimeProvider.System.GetUtcNow()));
        var (_, list, _) = await Run("token", "list", "--file", file);
        Assert.Contains("alice", list, StringComparison.Ordinal);
        Assert.DoesNotContain(plain, list + await File.ReadAllTextAsync(file, Ct), StringComparison.Ordinal);

        Assert.Equal(0, (await Run("token", "revoke", "--file", file, "--name", "alice")).Code);
        Assert.Empty(new TokenFile(file, TimeProvider.System).Read());
        Assert.Equal(1, (await Run("token", "revoke", "--file", file, "--name", "alice")).Code);
    }
}
