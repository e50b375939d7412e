using System.CommandLine;
using System.Runtime.CompilerServices;
using System.Text;
using MeshMcp.Cli.Commands;
using Xunit;

namespace MeshMcp.UnitTests.Cli;

/// <summary>
/// Holds the help text of every command to <c>docs/reference/meshctl.txt</c>, which is the command line's contract.
/// To change it on purpose: <c>MESHMCP_UPDATE_GOLDEN=1 ./dev test HelpTests</c>, then read the difference.
/// </summary>
[Collection(CommandLine.Tests)]
public sealed class HelpTests
{
    static string Golden([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "../../../docs/reference/meshctl.txt");

    static IEnumerable<string[]> PathsOf(Command command, string[] path) =>
        [path, .. command.Subcommands.SelectMany(c => PathsOf(c, [.. path, c.Name]))];

    [Fact]
    public async Task The_help_of_every_command_is_as_agreed()
    {
        var text = new StringBuilder();
        foreach (var path in PathsOf(Meshctl.Root(), []))
        {
            var output = new StringWriter { NewLine = "\n" };
            Assert.Equal(0, await Meshctl.RunAsync([.. path, "--help"], output, output, TestContext.Current.CancellationToken));
            text.Append($"$ meshctl {string.Join(' ', [.. path, "--help"])}\n{Trimmed(output.ToString())}\n");
        }
        // The program's name in the usage line is that of the process, here the test's.
        var help = text.ToString().Replace($"  {RootCommand.ExecutableName}", "  meshctl", StringComparison.Ordinal);
        if (Environment.GetEnvironmentVariable("MESHMCP_UPDATE_GOLDEN") == "1") await File.WriteAllTextAsync(Golden(), help, TestContext.Current.CancellationToken);

        Assert.Equal(await File.ReadAllTextAsync(Golden(), TestContext.Current.CancellationToken), help);
    }

    [Fact]
    public async Task Every_command_that_does_something_has_an_example()
    {
        foreach (var path in PathsOf(Meshctl.Root(), []))
        {
            var output = new StringWriter();
            var command = path.Aggregate((Command)Meshctl.Root(), (c, name) => c.Subcommands.Single(s => s.Name == name));
            await Meshctl.RunAsync([.. path, "--help"], output, output, TestContext.Current.CancellationToken);
            if (command.Subcommands.Count == 0) Assert.Contains("Examples:\n  meshctl " + string.Join(' ', path), output.ToString().ReplaceLineEndings("\n"), StringComparison.Ordinal);
        }
    }

    static string Trimmed(string text) => string.Join('\n', text.ReplaceLineEndings("\n").Split('\n').Select(l => l.TrimEnd()));
}
