using System.Diagnostics;
using CliWrap;
using CliWrap.Buffered;

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
        try
        {
            var ended = await Cli.Wrap(program).WithArguments(arguments).WithEnvironmentVariables(new Dictionary<string, string>(environment ?? new Dictionary<string, string>()) { ["LC_ALL"] = "C" }!)
                .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(limit.Token);
            return ended.IsSuccess ? ended.StandardOutput : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {ended.ExitCode}: {ended.StandardError.Trim()}");
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end within {Hangs.TotalSeconds} s");
        }
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
