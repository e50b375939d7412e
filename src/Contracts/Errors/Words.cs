using System.Text.RegularExpressions;

namespace MeshMcp.Contracts.Errors;

/// <summary>Errors repeat what they were given, which may be of any size.</summary>
static partial class Words
{
    const int LongestWord = 200, Longest = 4000;

    public static string Short(string message)
    {
        var words = LongWord().Replace(message, word => word.Value[..LongestWord] + "…");
        return words.Length <= Longest ? words : words[..Longest] + "…";
    }

    [GeneratedRegex(@"\S{201,}")]
    private static partial Regex LongWord();
}
