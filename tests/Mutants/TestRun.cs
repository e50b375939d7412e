using System.Text.RegularExpressions;
using CliWrap;
using CliWrap.Buffered;

namespace MeshMcp.Mutants;

/// <summary>How a rule's tests ended.</summary>
sealed partial record TestRun(bool Passes, bool Hung, string Output)
{
    public Fate Fate => Hung ? Fate.Hung : Passes ? Fate.Survived : Fate.Noticed;

    public static async Task<TestRun> OfAsync(IEnumerable<Command> programs, TimeSpan limit)
    {
        using var late = new CancellationTokenSource(limit);
        try
        {
            foreach (var tests in programs)
                if (await tests.ExecuteBufferedAsync(late.Token) is var ended && (!ended.IsSuccess || !Some().IsMatch(ended.StandardOutput))) return new(false, false, ended.StandardOutput);
            return new(true, false, "");
        }
        catch (OperationCanceledException)
        {
            return new(false, true, "");
        }
    }

    /// <summary>A name that fits no test would pass for ever.</summary>
    [GeneratedRegex(@"\bTotal: [1-9]")]
    private static partial Regex Some();
}
