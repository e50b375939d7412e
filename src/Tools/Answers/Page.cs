using MeshMcp.Tools.Calls;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Tools.Answers;

/// <summary>The part of a long list that an answer shows: as many of its first as a model should read, all for a program.</summary>
/// <param name="Next">How many there are before what comes next; null: nothing does.</param>
sealed record Page<T>(IReadOnlyList<T> Rows, int? Next, bool IsFull)
{
    /// <summary>What to say of it.</summary>
    /// <param name="cursor">Of the next one.</param>
    public IEnumerable<string> Sentences(long? cursor) => cursor is null ? [] : [$"{(IsFull ? $"Cut at {Page.Budget} characters. " : "")}More with cursor {cursor}."];

    public IEnumerable<string> Sentences() => Sentences(Next);
}

static class Page
{
    /// <summary>Characters of its lines.</summary>
    public const int Budget = 6000;

    const int LongestText = 400;

    /// <param name="skip">So many were shown before.</param>
    /// <param name="line">A row as text.</param>
    public static Page<T> PageOf<T>(this RequestContext<CallToolRequestParams> context, IReadOnlyList<T> all, int skip, int limit, Func<T, string> line)
    {
        List<T> rows = [.. all.Skip(skip).Take(limit)];
        var (fit, size) = (0, 0);
        while (fit < rows.Count && (fit == 0 || context.Call().IsProgram || size + line(rows[fit]).Length <= Budget)) size += line(rows[fit++]).Length;
        var isFull = fit < rows.Count;
        return new([.. rows.Take(fit)], skip + fit < all.Count ? skip + fit : null, isFull);
    }

    /// <summary>A text of a row for a model, which may be of any length.</summary>
    public static string Short(this RequestContext<CallToolRequestParams> context, string text) =>
        text.Length <= LongestText || context.Call().IsProgram ? text : $"{text[..(char.IsHighSurrogate(text[LongestText - 1]) ? LongestText - 1 : LongestText)]}… ({text.Length} characters)";
}
