using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;

namespace MeshMcp.Contracts.State;

/// <summary>
/// What holds for every text of a state, names of entries included: it has a bound, and nothing in it that is not seen where it is shown: control characters, line breaks,
/// signs that turn the direction of writing. What a field may hold besides is its section's to say.
/// </summary>
public static class StateTexts
{
    const int Longest = 200;

    /// <summary>By the field's name: texts that may be longer.</summary>
    static readonly IReadOnlyDictionary<string, int> Longer = new Dictionary<string, int> { ["flows"] = 4096, ["post_up"] = 1000, ["pre_down"] = 1000, ["path"] = 1000, ["source"] = 1000, ["target"] = 1000, ["command"] = 4096, ["content"] = 1 << 20 };

    /// <summary>Written into a file, or handed to a program as they are: only their end may not be in them.</summary>
    static readonly HashSet<string> AsTheyAre = ["content", "command"];

    public static IEnumerable<Problem> Faults(NodeState state) => Faults(JsonSerializer.SerializeToNode(state, MeshJson.Default.NodeState)!, "", "");

    static IEnumerable<Problem> Faults(JsonNode node, string path, string field) => node switch
    {
        JsonObject entries => entries.SelectMany(e => Of(e.Key, path, "").Concat(e.Value is null ? [] : Faults(e.Value, path.Length == 0 ? e.Key : $"{path}.{e.Key}", e.Key))),
        JsonArray items => items.SelectMany((item, i) => item is null ? [] : Faults(item, $"{path}[{i}]", field)),
        JsonValue value when value.GetValueKind() == JsonValueKind.String => Of(value.GetValue<string>(), path, field),
        _ => [],
    };

    static IEnumerable<Problem> Of(string text, string path, string field)
    {
        var longest = Longer.GetValueOrDefault(field, Longest);
        if (text.Length > longest) yield return new(path, $"{text.Length} characters are too many: {longest} at most.");
        var odd = AsTheyAre.Contains(field) ? text.IndexOf('\0') : IndexOfUnseen(text);
        if (odd >= 0) yield return new(path, $"Character {odd + 1} is U+{(int)text[odd]:X4}, which is not seen where it is shown and does not belong here.", odd);
    }

    static int IndexOfUnseen(string text)
    {
        for (var i = 0; i < text.Length; i++)
            if (char.IsControl(text[i]) || CharUnicodeInfo.GetUnicodeCategory(text, i) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse)
                return i;
        return -1;
    }
}
