using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.Tools.Answers;

/// <summary>
/// Names, reasons and errors come from the network and end before a model: here they lose everything that does not show
/// (control characters, line breaks, direction marks, invisible letters), so that nothing hides in them and no line can be forged.
/// </summary>
static class PlainText
{
    /// <summary>As one line.</summary>
    public static string Line(string text)
    {
        if (text.EnumerateRunes().All(Shows)) return text;
        var plain = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            if (Shows(rune)) plain.Append(rune);
            else if (rune.Value is '\n' or '\r' or '\t' && plain is not [.., ' ']) plain.Append(' ');
        return plain.ToString();
    }

    public static MeshError Of(MeshError error) => error with
    {
        Message = Line(error.Message),
        Target = LineOrNull(error.Target),
        Hint = LineOrNull(error.Hint),
        Problems = error.Problems is null ? null : [.. error.Problems.Select(p => p with
        {
            Path = Line(p.Path),
            Message = Line(p.Message),
            Nearest = p.Nearest is null ? null : [.. p.Nearest.Select(Line)],
        })],
    };

    /// <summary>Every string and name in it.</summary>
    /// <param name="keepLines">Line breaks inside strings stay: for what goes back to a node as it came (files in a state), or is a file.</param>
    public static JsonNode? Of(JsonNode? node, bool keepLines = false) => node switch
    {
        JsonObject members => new JsonObject(members.DistinctBy(m => Line(m.Key)).Select(m => KeyValuePair.Create(Line(m.Key), Of(m.Value, keepLines)))),
        JsonArray items => new JsonArray([.. items.Select(i => Of(i, keepLines))]),
        JsonValue value when value.TryGetValue<string>(out var text) => JsonValue.Create(keepLines ? Lines(text) : Line(text)),
        _ => node?.DeepClone(),
    };

    static string Lines(string text) => string.Concat(text.EnumerateRunes().Where(r => Shows(r) || r.Value is '\n' or '\r' or '\t').Select(r => r.ToString()));

    static string? LineOrNull(string? text) => text is null ? null : Line(text);

    static bool Shows(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate or UnicodeCategory.OtherNotAssigned);
}
