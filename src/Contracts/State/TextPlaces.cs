using System.Text;
using System.Text.Json;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.Contracts.State;

/// <summary>Finds where in a document's text a path lies, so that people are led to the line.</summary>
public static class TextPlaces
{
    /// <summary>The problems with line and column; one whose path is not in the text gets the place of what encloses it.</summary>
    public static IReadOnlyList<Problem> Locate(IReadOnlyList<Problem> problems, string json)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        var starts = StartsOf(bytes);
        return [.. problems.Select(p => At(p))];

        Problem At(Problem problem)
        {
            var path = problem.Path;
            while (!starts.ContainsKey(path) && path.Length > 0) path = path[..Math.Max(0, path.LastIndexOfAny(['.', '[']))];
            var (start, inText) = (starts.GetValueOrDefault(path), path == problem.Path && problem.Position is not null);
            var before = Encoding.UTF8.GetString(bytes.AsSpan(0, start));
            var line = before.LastIndexOf('\n') + 1;
            // The quote before a text counts too.
            return problem with { Line = before.Count(c => c == '\n') + 1, Column = before.Length - line + 1 + (inText ? problem.Position!.Value + 1 : 0) };
        }
    }

    /// <summary>Byte at which the value of each path starts.</summary>
    static Dictionary<string, int> StartsOf(byte[] json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        var starts = new Dictionary<string, int>();
        var above = new Stack<(string Path, int Index)>();
        var (path, named) = ("", false);
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    var owner = above.Peek().Path;
                    (path, named) = (owner.Length == 0 ? reader.GetString()! : $"{owner}.{reader.GetString()}", true);
                    continue;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    above.Pop();
                    continue;
                default:
                    if (!named && above.TryPop(out var list))
                    {
                        path = $"{list.Path}[{list.Index}]";
                        above.Push((list.Path, list.Index + 1));
                    }
                    // The later of two: that one is given twice.
                    starts[path] = (int)reader.TokenStartIndex;
                    if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray) above.Push((path, 0));
                    named = false;
                    continue;
            }
        }
        return starts;
    }
}
