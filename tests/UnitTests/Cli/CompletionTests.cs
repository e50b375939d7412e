using CliWrap;
using CliWrap.Buffered;
using MeshMcp.Cli.Commands;
using Xunit;

namespace MeshMcp.UnitTests.Cli;

/// <summary>What bash itself makes of the script.</summary>
[Collection(CommandLine.Tests)]
public sealed class CompletionTests
{
    [Theory]
    [InlineData("meshctl sta", "status state")]
    [InlineData("meshctl --json con", "container confirm")]
    [InlineData("meshctl state --view ", "declared desired observed")]
    [InlineData("meshctl state --view=de", "")]
    [InlineData("meshctl apply state.json --why container --conf", "--confirm-within")]
    [InlineData("meshctl token create --scope r", "read")]
    [InlineData("meshctl container start ", "")]
    [InlineData("meshctl completion ", "bash")]
    [InlineData("meshctl nothing ", "")]
    public async Task Bash_completes(string line, string expected) =>
        Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(), (await CompleteAsync(line, "/")).Where(w => w is not ("--help" or "--json")).Order());

    [Fact]
    public async Task Bash_completes_files_where_a_command_takes_one()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "my state.json"), "{}", TestContext.Current.CancellationToken);
            Assert.Equal(["my state.json"], await CompleteAsync("meshctl plan my", folder.FullName));
            Assert.Equal(["my state.json"], await CompleteAsync("meshctl status --socket my", folder.FullName));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    static async Task<IReadOnlyList<string>> CompleteAsync(string line, string folder)
    {
        var ct = TestContext.Current.CancellationToken;
        var script = new StringWriter { NewLine = "\n" };
        Assert.Equal(0, await Meshctl.RunAsync(["completion", "bash"], script, script, ct));
        var bash = await ($$"""
            {{script}}
            set -u
            COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
            _meshctl
            [ ${#COMPREPLY[@]} = 0 ] || printf '%s\n' "${COMPREPLY[@]}"

            """ | CliWrap.Cli.Wrap("/bin/bash").WithArguments(["--norc", "-s", "--", .. line.Split(' ')]).WithWorkingDirectory(folder).WithValidation(CommandResultValidation.None)).ExecuteBufferedAsync(ct);
        Assert.Empty(bash.StandardError);
        return bash.StandardOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
