namespace MeshMcp.Mutants;

/// <summary>One change at one place.</summary>
/// <param name="Number">What switches it on; it holds for one run.</param>
/// <param name="Name">File, member and change: the same as long as that place is.</param>
sealed record Mutant(int Number, Rule Rule, string File, string Name);

enum Fate
{
    Noticed,
    Hung,
    Survived,
    DoesNotCompile,
}
