using System.CommandLine;
using MeshMcp.Cli.Commands;
using Xunit;

namespace MeshMcp.UnitTests.Cli;

[Collection(CommandLine.Tests)]
public sealed class SocketOptionTests
{
    const string Mine = "/run/mine.sock";

    static IEnumerable<string[]> Leaves(Command command, string[] path) => command.Subcommands.Count == 0 ? [path] : command.Subcommands.SelectMany(c => Leaves(c, [.. path, c.Name]));

    [Fact]
    public void Every_command_that_asks_the_node_takes_the_socket_and_json_before_itself_in_its_midst_and_after()
    {
        var root = Meshctl.Root();
        var taking = Leaves(root, []).Where(path => path.Aggregate((Command)root, (c, name) => c.Subcommands.Single(s => s.Name == name)).Options.Contains(LocalNode.Socket)).ToList();
        Assert.True(taking.Count > 50);
        foreach (var path in taking)
            for (var place = 0; place <= path.Length; place++)
            {
                var parse = root.Parse([.. path[..place], "--socket", Mine, "--json", .. path[place..]]);
                Assert.Equal(path[^1], parse.CommandResult.Command.Name);
                Assert.True(parse.GetValue(LocalNode.Socket) == Mine && parse.GetValue(Meshctl.Json), $"{string.Join(' ', path)} at {place}");
                Assert.DoesNotContain(parse.Errors, e => e.Message.Contains(Mine, StringComparison.Ordinal) || e.Message.Contains("--", StringComparison.Ordinal) && !e.Message.Contains("required", StringComparison.OrdinalIgnoreCase));
            }
    }

    [Fact]
    public async Task A_command_that_asks_no_node_says_so_instead_of_taking_a_socket_and_leaving_it_aside()
    {
        var error = new StringWriter();
        Assert.Equal(Meshctl.Misused, await Meshctl.RunAsync(["--socket", Mine, "completion", "bash"], new StringWriter(), error, TestContext.Current.CancellationToken));
        Assert.Contains("meshctl completion asks no host bridge", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_socket_is_given_once()
    {
        var error = new StringWriter();
        Assert.Equal(Meshctl.Misused, await Meshctl.RunAsync(["--socket", Mine, "status", "--socket", "/run/another.sock"], new StringWriter(), error, TestContext.Current.CancellationToken));
        Assert.Contains("--socket", error.ToString(), StringComparison.Ordinal);
    }
}
