using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using MeshMcp.Contracts.Json;

namespace MeshMcp.Contracts.State;

/// <summary>A state item by item: what edits are about, and what two states are compared by. Pure.</summary>
public static class StateItems
{
    /// <summary>Values as compact JSON by path, in the order of paths: <c>bridge.address</c>, <c>lxc.containers[200]</c>, <c>openflow.bridges.mesh.flows[priority=1,tcp]</c>.</summary>
    public static IReadOnlyDictionary<string, string> Of(NodeState state)
    {
        var items = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (section, value) in JsonSerializer.SerializeToNode(state, MeshJson.Default.NodeState)!.AsObject())
        {
            if (section == "version" || value is null) continue;
            var before = items.Count;
            Walk(section, value, SectionOf(state, section), items);
            if (items.Count == before) items[section] = "{}";
        }
        return items;
    }

    /// <summary>What is in only one of two states or differs, in the order of paths.</summary>
    public static IReadOnlyList<ItemDifference> Differences(NodeState from, NodeState to)
    {
        var (before, after) = (Of(from), Of(to));
        return
        [
            .. from path in before.Keys.Union(after.Keys).Order(StringComparer.Ordinal)
               let difference = new ItemDifference(path, before.GetValueOrDefault(path), after.GetValueOrDefault(path))
               where difference.Before != difference.After
               select difference,
        ];
    }

    /// <summary>As <see cref="Differences"/>, down to the fields of items that are in both.</summary>
    public static IReadOnlyList<ItemDifference> FieldDifferences(NodeState from, NodeState to) => [.. Differences(from, to).SelectMany(InFields)];

    static IEnumerable<ItemDifference> InFields(ItemDifference item)
    {
        if (item is not { Before: { } before, After: { } after } || JsonNode.Parse(before) is not JsonObject was || JsonNode.Parse(after) is not JsonObject becomes) return [item];
        return from name in was.Select(p => p.Key).Union(becomes.Select(p => p.Key))
               let field = new ItemDifference($"{item.Path}.{name}", was[name] is { } old ? Text(old) : null, becomes[name] is { } next ? Text(next) : null)
               where field.Before != field.After
               from inner in InFields(field)
               select inner;
    }

    /// <summary>Paths of all that a document says in so many words, down to the fields of the members of its lists.</summary>
    /// <param name="document">As it was written; <paramref name="state"/> is what was read of it.</param>
    public static IReadOnlySet<string> Said(JsonElement document, NodeState state)
    {
        var said = new HashSet<string>(StringComparer.Ordinal);
        var read = JsonSerializer.SerializeToNode(state, MeshJson.Default.NodeState)!.AsObject();
        foreach (var (section, value) in read)
            if (value is not null && document.TryGetProperty(section, out var written)) Walk(section, written, value, SectionOf(state, section), said);
        return said;
    }

    /// <summary>Whether <paramref name="path"/> is <paramref name="item"/> or lies beneath it.</summary>
    public static bool Covers(string item, string path) =>
        path.StartsWith(item, StringComparison.Ordinal) && (path.Length == item.Length || path[item.Length] is '.' or '[');

    /// <summary>The item and what it lies beneath: who replaces a container replaces whether it runs. What stands in brackets is one name, whatever is in it.</summary>
    public static IEnumerable<string> AndAbove(string item)
    {
        yield return item;
        var depth = 0;
        for (var i = 1; i < item.Length; i++)
        {
            if (depth == 0 && (item[i] is '.' or '[')) yield return item[..i];
            depth += item[i] switch { '[' => 1, ']' => -1, _ => 0 };
        }
    }

    static IStateSection? SectionOf(NodeState state, string name) =>
        MeshJson.Default.NodeState.Properties.First(p => p.Name == name).Get!(state) as IStateSection;

    static void Walk(string path, JsonNode value, IStateSection? section, SortedDictionary<string, string> items)
    {
        switch (value)
        {
            case JsonObject fields:
                foreach (var (name, field) in fields)
                    if (field is not null) Walk(Entry(path, name, section), field, section, items);
                break;
            case JsonArray list when Names(path, list, section) is { } names:
                foreach (var (name, item) in names.Zip(list)) items[$"{path}[{name}]"] = Text(item!);
                break;
            default:
                items[path] = Text(value);
                break;
        }
    }

    static void Walk(string path, JsonElement written, JsonNode read, IStateSection? section, HashSet<string> said)
    {
        said.Add(path);
        switch (read)
        {
            case JsonObject fields when written.ValueKind == JsonValueKind.Object:
                foreach (var (name, field) in fields)
                    if (field is not null && written.TryGetProperty(name, out var value)) Walk(Entry(path, name, section), value, field, section, said);
                break;
            case JsonArray list when written.ValueKind == JsonValueKind.Array && Names(path, list, section) is { } names:
                foreach (var ((name, item), value) in names.Zip(list).Zip(written.EnumerateArray())) Walk($"{path}[{name}]", value, item!, section, said);
                break;
        }
    }

    static string Entry(string path, string name, IStateSection? section) => section?.IsNamed(InSection(path)) == true ? $"{path}[{name}]" : $"{path}.{name}";

    static string InSection(string path) => path[(path.IndexOf('.') + 1)..];

    /// <summary>Of each member; null where the list is one item.</summary>
    static string[]? Names(string path, JsonArray list, IStateSection? section)
    {
        string[] names = [.. list.Select(member => section?.NameOf(InSection(path), member!)).OfType<string>()];
        return names.Length == list.Count ? names : null;
    }

    static string Text(JsonNode value) => value.ToJsonString(Plain);

    static readonly JsonSerializerOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}

/// <summary>One item of two states, as compact JSON.</summary>
/// <param name="Before">Null: it was not there.</param>
/// <param name="After">Null: it is gone.</param>
public sealed record ItemDifference(string Path, string? Before, string? After)
{
    /// <summary><c>+</c> added, <c>-</c> removed, <c>~</c> changed.</summary>
    [JsonIgnore] public char Sign => Before is null ? '+' : After is null ? '-' : '~';

    /// <summary>In one line.</summary>
    public override string ToString() => $"{Sign} {Path}: {(Sign == '~' ? $"{Before} -> {After}" : Before ?? After)}";
}
