using System.Diagnostics;
using System.Runtime.CompilerServices;
using MeshMcp.Mutants;

const double Wanted = 0.95;
const int AtOnce = 2;

// One in so many of each kind, where all would take too long.
var every = args is ["--every", var text, ..] && int.TryParse(text, out var number) && number > 0 ? number : 1;
var filter = args is ["--every", _, .. var rest] ? rest is [var after, ..] ? after : "" : args is [var word, ..] ? word : "";
var root = Path.GetFullPath(Path.Combine(Here(), "../.."));
var excuses = new Excuses(Path.Combine(Here(), "survivors.md"));
var copy = new SourceCopy(root);

Console.WriteLine("building a copy with all mutants");
await copy.BuildAsync(Rule.All);
var chosen = copy.Mutants.Where(m => $"{m.Rule.Kind} {m.Name}".Contains(filter, StringComparison.OrdinalIgnoreCase)).GroupBy(m => m.Rule.Kind).SelectMany(kind => kind.Where((_, i) => i % every == 0)).ToList();
if (chosen.Count == 0) return Said($"no mutant has '{filter}' in its kind or name", 2);

var limits = new Dictionary<Rule, TimeSpan>();
foreach (var rule in chosen.Select(m => m.Rule).Distinct())
{
    var started = Stopwatch.GetTimestamp();
    var whole = await TestRun.OfAsync(copy.Tests(rule, 0), TimeSpan.FromMinutes(5));
    if (!whole.Passes) return Said($"the tests of '{rule.Kind}' do not pass without a mutant:\n{whole.Output}", 2);
    limits[rule] = (5 * Stopwatch.GetElapsedTime(started)) + TimeSpan.FromSeconds(20);
}

Console.WriteLine($"running {chosen.Count} mutants");
var fates = new Dictionary<Mutant, Fate>();
await Parallel.ForEachAsync(chosen, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (mutant, _) =>
{
    var fate = copy.Dropped.Contains(mutant.Name) ? Fate.DoesNotCompile : (await TestRun.OfAsync(copy.Tests(mutant.Rule, mutant.Number), limits[mutant.Rule])).Fate;
    lock (fates) fates[mutant] = fate;
    if (fate == Fate.Survived) Console.WriteLine($"survived{(excuses.Of(mutant) is null ? "" : ", as it may")}: {mutant.Name}");
});

var counted = fates.Where(f => f.Key is var m && f.Value != Fate.DoesNotCompile && !(f.Value == Fate.Survived && excuses.Of(m) is not null)).ToList();
Console.WriteLine($"\n{"rule",-14}{"mutants",9}{"noticed",9}{"survived",10}{"excused",9}{"no code",9}");
foreach (var kind in fates.GroupBy(f => f.Key.Rule.Kind))
    Console.WriteLine($"{kind.Key,-14}{kind.Count(),9}{kind.Count(f => f.Value is Fate.Noticed or Fate.Hung),9}{kind.Count(f => f.Value == Fate.Survived && excuses.Of(f.Key) is null),10}{kind.Count(f => f.Value == Fate.Survived && excuses.Of(f.Key) is not null),9}{kind.Count(f => f.Value == Fate.DoesNotCompile),9}");
foreach (var (mutant, _) in fates.Where(f => f.Value == Fate.DoesNotCompile)) Console.WriteLine($"no code: {mutant.Name}");
foreach (var (mutant, _) in fates.Where(f => f.Value == Fate.Hung)) Console.WriteLine($"noticed by hanging: {mutant.Name}");
foreach (var (mutant, _) in fates.Where(f => f.Value is Fate.Noticed or Fate.Hung && excuses.Of(f.Key) is not null)) Console.WriteLine($"needs no excuse, it is noticed: {mutant.Name}");
foreach (var name in excuses.Idle(copy.Mutants)) Console.WriteLine($"excuses no mutant that there is: {name}");

var noticed = counted.Count(f => f.Value != Fate.Survived);
var part = counted.Count == 0 ? 1 : (double)noticed / counted.Count;
return Said($"{noticed} of {counted.Count} noticed ({100 * part:0.0} %)", part >= Wanted ? 0 : 1);

static int Said(string words, int code)
{
    Console.WriteLine(words);
    return code;
}

static string Here([CallerFilePath] string here = "") => Path.GetDirectoryName(here)!;
