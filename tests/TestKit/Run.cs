using System.Diagnostics;

namespace MeshMcp.TestKit;

/// <summary>Programs that tests run, by argv.</summary>
static class Run
{
    static readonly TimeSpan Hangs = TimeSpan.FromSeconds(60);

    public static Process Start(string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        start.Environment["LC_ALL"] = "C";
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    public static async Task<string> ToEndAsync(string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        using var limit = new CancellationTokenSource(Hangs);
        using var process = Start(program, arguments, environment);
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end within {Hangs.TotalSeconds} s");
        }
        return process.ExitCode == 0 ? await output
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {(await error).Trim()}");
    }

    /// <summary>The only child of a process that forks once, such as <c>unshare --fork</c>; null while it has none.</summary>
    public static int? ChildOf(int pid)
    {
        try
        {
            return int.TryParse(File.ReadAllText($"/proc/{pid}/task/{pid}/children").Split(' ')[0], out var child) ? child : null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
