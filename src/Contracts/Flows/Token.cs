namespace MeshMcp.Contracts.Flows;

/// <summary>A piece of a flow's text and where it starts in the whole.</summary>
readonly record struct Token(string Text, int At)
{
    public int End => At + Text.Length;

    public Token From(int start) => new(Text[start..], At + start);

    public Token Slice(int start, int end) => new(Text[start..end], At + start);

    /// <summary>Pieces between separators that stand outside parentheses, brackets and quotes; empty pieces are left out.</summary>
    /// <param name="fault">Called with a position when parentheses or quotes do not pair.</param>
    public IReadOnlyList<Token> Split(Func<char, bool> separator, Action<int, string> fault)
    {
        List<Token> pieces = [];
        Stack<int> open = [];
        var (start, quote) = (0, -1);
        for (var i = 0; i <= Text.Length; i++)
        {
            var c = i < Text.Length ? Text[i] : '\0';
            if (i < Text.Length && quote >= 0)
            {
                if (c == '"') quote = -1;
                continue;
            }
            if (c == '"') quote = i;
            else if (c == '(') open.Push(i);
            else if (c == ')' && !open.TryPop(out _)) fault(At + i, "this ) closes nothing");
            if (i == Text.Length || (open.Count == 0 && separator(c)))
            {
                if (i > start) pieces.Add(Slice(start, i));
                start = i + 1;
            }
        }
        if (quote >= 0) fault(At + quote, "this quote is never closed");
        else if (open.TryPeek(out var last)) fault(At + last, "this ( is never closed");
        return pieces;
    }

    /// <summary>The text before and after the first <paramref name="separator"/>; after is null when there is none.</summary>
    public (Token Before, Token? After) Cut(string separator) =>
        Text.IndexOf(separator, StringComparison.Ordinal) is var i and >= 0 ? (Slice(0, i), From(i + separator.Length)) : (this, null);
}
