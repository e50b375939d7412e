using System.Text.RegularExpressions;
using CliWrap;
using CliWrap.Buffered;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace MeshMcp.Mutants;

/// <summary>A copy of the sources in which the rules' files hold their mutants, each behind its number. What did not change keeps its time, so that building again is quick.</summary>
sealed partial class SourceCopy(string root)
{
    const string Variable = "MESHMCP_MUTANT";

    static readonly string[] Folders = ["src", "tests/UnitTests", "tests/IntegrationTests", "tests/TestKit", "lab", "docs", "examples", "packaging", "nix"];

    readonly string _copy = Path.Combine(root, "artifacts/mutants/copy");
    readonly HashSet<string> _dropped = [];
    List<Mutant> _mutants = [];

    public IReadOnlyList<Mutant> Mutants => _mutants;

    /// <summary>Names of mutants that the compiler refused.</summary>
    public IReadOnlyCollection<string> Dropped => _dropped;

    /// <summary>Those of the rules' mutants that compile, and the tests beside them.</summary>
    public async Task BuildAsync(IReadOnlyList<Rule> rules)
    {
        for (; ; )
        {
            Write(rules);
            var output = "";
            foreach (var project in rules.SelectMany(r => r.Tests).Select(t => t.Split('.')[0]).Distinct())
                if (output.Length == 0) output = await BuiltAsync(project);
            if (output.Length == 0) return;
            var refused = Refused(output).ToHashSet();
            if (refused.Count == 0) throw new InvalidOperationException($"The copy in {_copy} does not compile:\n{output}");
            _dropped.UnionWith(_mutants.Where(m => refused.Contains(m.Number)).Select(m => m.Name));
        }
    }

    /// <summary>What the compiler has to say; empty when all is well.</summary>
    async Task<string> BuiltAsync(string project)
    {
        var built = await Cli.Wrap("dotnet").WithWorkingDirectory(_copy).WithValidation(CommandResultValidation.None)
            .WithArguments(["build", $"tests/{project}", "--nologo", "-v", "q", "-clp:NoSummary;ErrorsOnly", "-p:RunAnalyzers=false", "-p:TreatWarningsAsErrors=false", "-p:EnforceCodeStyleInBuild=false", "-nodeReuse:false", "-p:UseSharedCompilation=false"]).ExecuteBufferedAsync();
        return built.IsSuccess ? "" : $"{built.StandardOutput}{built.StandardError} ";
    }

    /// <summary>A rule's tests, one program after the other.</summary>
    /// <param name="number">Of the mutant that is on; 0: none.</param>
    public IEnumerable<Command> Tests(Rule rule, int number) =>
        from project in rule.Tests.GroupBy(t => t.Split('.')[0])
        select Cli.Wrap(Path.Combine(_copy, $"artifacts/bin/{project.Key}/debug/{project.Key}")).WithValidation(CommandResultValidation.None)
            .WithArguments(["-noLogo", "-noColor", "-stopOnFail", .. project.SelectMany<string, string>(t => ["-class", $"MeshMcp.{t}"])])
            .WithEnvironmentVariables(e => e.Set(Variable, $"{number}"));

    void Write(IReadOnlyList<Rule> rules)
    {
        _mutants = [];
        var files = Directory.EnumerateFiles(root).Concat(Folders.SelectMany(f => Directory.EnumerateFiles(Path.Combine(root, f), "*", SearchOption.AllDirectories)))
            .Select(f => Path.GetRelativePath(root, f)).Where(f => !Generated().IsMatch(f)).ToHashSet();
        var roots = files.Where(f => f.EndsWith(".cs", StringComparison.Ordinal)).ToDictionary(f => f, f => CSharpSyntaxTree.ParseText(File.ReadAllText(Path.Combine(root, f)), new(LanguageVersion.Preview)).GetRoot());
        var constants = FixedNames.Of(roots.Values);
        foreach (var rule in rules)
            foreach (var file in Named(rule, roots.Keys))
            {
                Put(file, new Mutator(rule, file, constants, name => Number(rule, file, name)).Text(roots[file]));
                files.Remove(file);
            }
        foreach (var file in files) Put(file, File.ReadAllBytes(Path.Combine(root, file)));
        Put("src/Contracts/Mutant.cs", $$"""
            namespace MeshMcp.Contracts;

            public static class Mutant
            {
                static readonly int On = int.TryParse(global::System.Environment.GetEnvironmentVariable("{{Variable}}"), out var number) ? number : 0;

                public static bool Is(int number) => number == On;
            }
            """);
        foreach (var old in Folders.Select(f => Path.Combine(_copy, f)).Where(Directory.Exists).SelectMany(f => Directory.EnumerateFiles(f, "*", SearchOption.AllDirectories)))
            if (!File.Exists(Path.Combine(root, Path.GetRelativePath(_copy, old))) && Path.GetFileName(old) != "Mutant.cs") File.Delete(old);
    }

    int? Number(Rule rule, string file, string name)
    {
        var mutant = new Mutant(_mutants.Count + 1, rule, file, name);
        _mutants.Add(mutant);
        return _dropped.Contains(name) ? null : mutant.Number;
    }

    /// <exception cref="InvalidOperationException">A rule whose files moved would hold nothing, silently.</exception>
    static IReadOnlyList<string> Named(Rule rule, IEnumerable<string> files) =>
    [
        .. rule.Files.SelectMany(pattern => files.Where(f => Regex.IsMatch(f, $"^src/{Regex.Escape(pattern).Replace("\\*", "[^/]*", StringComparison.Ordinal)}$")).Order(StringComparer.Ordinal) is var found && found.Any()
            ? found : throw new InvalidOperationException($"No file is named {pattern}, of the rule '{rule.Kind}'.")),
    ];

    /// <summary>The innermost mutants that the compiler's complaints lie in.</summary>
    static IEnumerable<int> Refused(string output)
    {
        foreach (var (file, row, column) in Errors().Matches(output).Select(m => (m.Groups["file"].Value, int.Parse(m.Groups["row"].Value), int.Parse(m.Groups["column"].Value))).Distinct())
        {
            var tree = CSharpSyntaxTree.ParseText(File.ReadAllText(file), new(LanguageVersion.Preview));
            var node = tree.GetRoot().FindToken(tree.GetText().Lines[row - 1].Start + column - 1).Parent;
            var inner = node?.AncestorsAndSelf().Select(a => Switches().Matches(a.ToString())).FirstOrDefault(m => m.Count > 0);
            foreach (var number in inner?.Select(m => int.Parse(m.Groups[1].Value)) ?? []) yield return number;
        }
    }

    void Put(string file, string text) => Put(file, global::System.Text.Encoding.UTF8.GetBytes(text));

    void Put(string file, byte[] content)
    {
        var target = Path.Combine(_copy, file);
        if (File.Exists(target) && File.ReadAllBytes(target).AsSpan().SequenceEqual(content)) return;
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.WriteAllBytes(target, content);
    }

    [GeneratedRegex(@"(^|/)(bin|obj)/")]
    private static partial Regex Generated();

    [GeneratedRegex(@"^\s*(?<file>/[^(\n]+)\((?<row>\d+),(?<column>\d+)\): error CS", RegexOptions.Multiline)]
    private static partial Regex Errors();

    [GeneratedRegex(@"Mutant\.Is\((\d+)\)")]
    private static partial Regex Switches();
}
