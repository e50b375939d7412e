using System.Text.Json.Nodes;

namespace MeshMcp.Contracts.Errors;

/// <summary>The fields of an answer that tell its reader something; nothing else of it is touched: flows, logs, documents and output are as they are.</summary>
public static class ToldFields
{
    static readonly string[] Telling = ["says", "waits", "findings", "hint", "problem", "waiting", "verdict", "notes", "because", "message"];

    /// <summary>Puts them into the words of who reads them (<see cref="Hints"/>).</summary>
    /// <returns>Each text that is another one now.</returns>
    public static IReadOnlyDictionary<string, string> Tell(JsonNode? answer, Func<string, string> told)
    {
        var changed = new Dictionary<string, string>();
        Tell(answer, telling: false, told, changed);
        return changed;
    }

    static void Tell(JsonNode? node, bool telling, Func<string, string> told, Dictionary<string, string> changed)
    {
        if (node is JsonObject members)
            foreach (var (name, value) in members.ToList())
                if (Said(value, telling || Telling.Contains(name), told, changed) is { } text) members[name] = text;
                else Tell(value, telling || Telling.Contains(name), told, changed);
        else if (node is JsonArray items)
            for (var i = 0; i < items.Count; i++)
                if (Said(items[i], telling, told, changed) is { } text) items[i] = text;
                else Tell(items[i], telling, told, changed);
    }

    /// <summary>Null where it stays as it is.</summary>
    static string? Said(JsonNode? node, bool telling, Func<string, string> told, Dictionary<string, string> changed)
    {
        if (!telling || node is not JsonValue value || !value.TryGetValue<string>(out var before) || told(before) is var after && after == before) return null;
        return changed[before] = after;
    }
}
