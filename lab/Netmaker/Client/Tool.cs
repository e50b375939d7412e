using System.Diagnostics;
using CliWrap;
using CliWrap.Buffered;

namespace MeshMcp.NetmakerStandIn.Client;

/// <summary>Programs that the client runs, by argv.</summary>
static class Tool
{
    public static Process Start(string program, params IEnumerable<string> words)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var word in words) start.ArgumentList.Add(word);
        start.Environment["LC_ALL"] = "C";
        return Process.Start(start)!;
    }

    /// <summary>Its standard output; throws with its standard error when it fails.</summary>
    public static async Task<string> RunAsync(IEnumerable<string> words, string? input = null)
    {
        string[] all = [.. words];
        var ended = await Cli.Wrap(all[0]).WithArguments(all[1..]).WithEnvironmentVariables(e => e.Set("LC_ALL", "C")).WithValidation(CommandResultValidation.None)
            .WithStandardInputPipe(input is null ? PipeSource.Null : PipeSource.FromString(input)).ExecuteBufferedAsync();
        return ended.IsSuccess ? ended.StandardOutput : throw new InvalidOperationException($"{string.Join(' ', all)}: {ended.StandardError.Trim()}");
    }

    public static Task<string> RunAsync(params string[] words) => RunAsync(words, null);
}
