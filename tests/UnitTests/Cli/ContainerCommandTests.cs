using System.CommandLine;
using MeshMcp.Cli.Commands;
using Xunit;

namespace MeshMcp.UnitTests.Cli;

/// <summary>What <c>meshctl container</c> refuses before a node hears of it.</summary>
public sealed class ContainerCommandTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("meshmcp-cli-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    static async Task<(int Code, string Error)> RunAsync(params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        return (await Meshctl.RunAsync(args, output, error, TestContext.Current.CancellationToken), error.ToString());
    }

    [Theory]
    [InlineData("update", "--settings", 7)]
    [InlineData("create", "--item", 7)]
    public async Task What_is_given_whole_is_not_given_in_parts_too(string verb, string whole, int count)
    {
        // With its former files or without is no setting.
        string[] apart = [whole, "--restore", "--anew", ChangeOptions.ConfirmWithin.Name, ChangeOptions.Force.Name, ChangeOptions.Why.Name, ChangeOptions.DryRun.Name, LocalNode.Socket.Name];
        var parts = Meshctl.Root().Subcommands.Single(c => c.Name == "container").Subcommands.Single(c => c.Name == verb).Options.Where(o => !apart.Contains(o.Name)).ToList();
        Assert.Equal(count, parts.Count);

        foreach (var part in parts)
        {
            var (code, error) = await RunAsync(["container", verb, .. verb == "update" ? ["105"] : Array.Empty<string>(), whole, "x.json", part.Name, .. part.ValueType == typeof(bool) ? Array.Empty<string>() : ["5"]]);

            Assert.True(code == 2 && error.Contains($"{whole} and {part.Name} are not for one command", StringComparison.Ordinal), $"{part.Name}: {code} {error}");
        }
    }

    [Theory]
    [InlineData("{\n  \"limits\": {,\n}", "line 2, column 14")]
    [InlineData("{\n  \"limits\": { \"memery\": \"256M\" }\n}", "line 2, column 25")]
    [InlineData("{\n  \"name\": \"a\",\n  \"name\": \"b\"\n}", "line 3, column 11")]
    public async Task Faults_of_a_settings_file_are_told_with_line_and_column(string text, string place)
    {
        var file = Path.Combine(_folder, "settings.json");
        await File.WriteAllTextAsync(file, text, TestContext.Current.CancellationToken);

        var (code, error) = await RunAsync("container", "update", "105", "--settings", file);

        Assert.Equal(1, code);
        Assert.Contains(place, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("update", "--settings")]
    [InlineData("create", "--item")]
    public async Task A_file_that_is_not_there_is_named(string verb, string whole)
    {
        var (code, error) = await RunAsync(["container", verb, .. verb == "update" ? ["105"] : Array.Empty<string>(), whole, "/nowhere/x.json"]);

        Assert.Equal(1, code);
        Assert.Contains("/nowhere/x.json does not exist", error, StringComparison.Ordinal);
    }
}
