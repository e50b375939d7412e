using System.Diagnostics;

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
        using var process = Start(all[0], all[1..]);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (input is not null) await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? await output : throw new InvalidOperationException($"{string.Join(' ', all)}: {(await errors).Trim()}");
    }

    public static Task<string> RunAsync(params string[] words) => RunAsync(words, null);
}
