using System.Text.RegularExpressions;

namespace MeshMcp.Mutants;

/// <summary>Mutants that no test can notice, or none should, each with the reason: <c>survivors.md</c>.</summary>
sealed partial class Excuses(string file)
{
    readonly Dictionary<string, string> _reasons = Line().Matches(File.ReadAllText(file)).ToDictionary(m => m.Groups["name"].Value, m => m.Groups["reason"].Value);

    public string? Of(Mutant mutant) => _reasons.GetValueOrDefault(mutant.Name);

    /// <summary>Excuses of mutants that there are no more.</summary>
    public IEnumerable<string> Idle(IEnumerable<Mutant> mutants) => _reasons.Keys.Except(mutants.Select(m => m.Name));

    [GeneratedRegex(@"^- `(?<name>[^`]+)`: (?<reason>.+)$", RegexOptions.Multiline)]
    private static partial Regex Line();
}
