namespace MeshMcp.Mutants;

/// <summary>One way to get a piece of source wrong.</summary>
/// <param name="Words">What becomes of it, in one line: with its place it is the mutant's name, so there is no number of a line in it.</param>
/// <param name="Wrap">The text of the piece, which may hold other mutants already, and the condition under which this one is on; a text that is both.</param>
sealed record Change(string Words, Func<string, string, string> Wrap)
{
    /// <summary>Instead of an expression that declares nothing.</summary>
    public static Change Instead(string before, string after) => new($"{Line(before)} → {Line(after)}", (text, on) => $"({on} ? {after} : {text})");

    /// <summary>Keeps what a pattern declares for the code that is run when the condition holds.</summary>
    public static Change Never(string condition) => new($"never {Line(condition)}", (text, on) => $"(({text}) && !{on})");

    /// <summary>Keeps what a negated pattern declares for the code that is run when the condition does not hold.</summary>
    public static Change Always(string condition) => new($"always {Line(condition)}", (text, on) => $"(({text}) || {on})");

    public static Change Without(string statement) => new($"without {Line(statement)}", (text, on) => $"if (!{on}) {{ {text} }}");

    static string Line(string text)
    {
        const int Longest = 140;
        var line = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).Replace('`', '\'');
        return line.Length <= Longest ? line : $"{line[..Longest]}…";
    }
}
