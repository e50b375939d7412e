using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace MeshMcp.Contracts.Edits;

/// <summary>Lists and sets of items inside a state. What changes nothing returns the very same list.</summary>
static class ItemList
{
    /// <summary>Puts an item in the place of the one it replaces, else at the end.</summary>
    public static IReadOnlyList<T> Put<T>(IReadOnlyList<T> items, T item, Func<T, bool> replaces, JsonTypeInfo<T> type)
    {
        var at = items.ToList().FindIndex(i => replaces(i));
        if (at < 0) return [.. items, item];
        return Same(items[at], item, type) ? items : [.. items.Take(at), item, .. items.Skip(at + 1)];
    }

    public static IReadOnlyList<T> Remove<T>(IReadOnlyList<T> items, Func<T, bool> gone) => items.Any(gone) ? [.. items.Where(i => !gone(i))] : items;

    /// <summary>Puts an item under its name, or takes it out.</summary>
    public static IReadOnlyDictionary<string, T> With<T>(IReadOnlyDictionary<string, T>? all, string name, T? item) where T : class
    {
        var items = new SortedDictionary<string, T>(StringComparer.Ordinal);
        foreach (var (key, value) in all ?? new Dictionary<string, T>()) items[key] = value;
        if (item is null) items.Remove(name);
        else items[name] = item;
        return items;
    }

    /// <summary>Records hold lists, which compare by reference.</summary>
    public static bool Same<T>(T a, T b, JsonTypeInfo<T> type) => JsonSerializer.SerializeToUtf8Bytes(a, type).AsSpan().SequenceEqual(JsonSerializer.SerializeToUtf8Bytes(b, type));
}
