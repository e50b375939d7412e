using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;

namespace MeshMcp.Contracts.Json;

/// <summary>Every fault of the shape of a JSON value against the type that is to be read from it: unknown fields with the ones there are, missing fields, wrong types, null where something must be.</summary>
public static class JsonShape
{
    const int MostNamed = 12;

    /// <param name="root">What the value itself is called in a fault.</param>
    public static IReadOnlyList<Problem> Faults(JsonElement value, JsonTypeInfo type, string root)
    {
        var problems = new List<Problem>();
        Check(value, type, "", problems);
        return [.. problems.Select(p => p.Path.Length == 0 ? p with { Path = root } : p)];
    }

    static void Check(JsonElement value, JsonTypeInfo type, string path, List<Problem> problems)
    {
        switch (type.Kind)
        {
            case JsonTypeInfoKind.Object:
                CheckObject(value, type, path, problems);
                break;
            case JsonTypeInfoKind.Enumerable:
                if (value.ValueKind != JsonValueKind.Array) { problems.Add(new(path, $"A list is expected, not {Describe(value)}.")); break; }
                var index = 0;
                foreach (var item in value.EnumerateArray()) Check(item, Info(type, type.ElementType!), $"{path}[{index++}]", problems);
                break;
            case JsonTypeInfoKind.Dictionary:
                if (value.ValueKind != JsonValueKind.Object) { problems.Add(new(path, $"An object is expected, not {Describe(value)}.")); break; }
                foreach (var entry in value.EnumerateObject()) Check(entry.Value, Info(type, type.ElementType!), Join(path, entry.Name), problems);
                break;
            default:
                CheckScalar(value, type, path, problems);
                break;
        }
    }

    static void CheckObject(JsonElement value, JsonTypeInfo type, string path, List<Problem> problems)
    {
        if (value.ValueKind != JsonValueKind.Object) { problems.Add(new(path, $"An object is expected, not {Describe(value)}.")); return; }
        string? word = null;
        if (type.PolymorphismOptions is { } kinds)
        {
            word = kinds.TypeDiscriminatorPropertyName;
            string[] names = [.. kinds.DerivedTypes.Select(d => (string)d.TypeDiscriminator!)];
            var given = value.TryGetProperty(word, out var told) && told.ValueKind == JsonValueKind.String ? told.GetString() : null;
            if (kinds.DerivedTypes.Where(d => (string?)d.TypeDiscriminator == given).Select(d => d.DerivedType).FirstOrDefault() is not { } derived)
            {
                problems.Add(new(Join(path, word), $"One of {string.Join(", ", names)} is expected{(told.ValueKind == JsonValueKind.Undefined ? "" : $", not {Describe(told)}")}.", Nearest: given is null ? null : Nearest.To(given, names)));
                return;
            }
            type = Info(type, derived);
        }
        var seen = new HashSet<string>();
        foreach (var field in value.EnumerateObject().Where(f => f.Name != word))
        {
            var property = FieldsOf(type).FirstOrDefault(p => p.Name == field.Name);
            if (property is null)
                problems.Add(Unknown(Join(path, field.Name), field.Name, [.. FieldsOf(type).Select(p => p.Name)]));
            else if (!seen.Add(field.Name))
                problems.Add(new(Join(path, field.Name), "Given twice."));
            else if (field.Value.ValueKind == JsonValueKind.Null)
            {
                if (!MayBeNull(property) || property.IsRequired) problems.Add(new(Join(path, field.Name), "Must not be null."));
            }
            else
                Check(field.Value, Info(type, property.PropertyType), Join(path, field.Name), problems);
        }
        foreach (var missing in FieldsOf(type).Where(p => IsRequired(p) && !seen.Contains(p.Name)))
            problems.Add(new(Join(path, missing.Name), "This field is required."));
    }

    /// <summary>A field that there is none of, with those there are.</summary>
    public static Problem Unknown(string path, string name, IReadOnlyList<string> known) =>
        new(path, $"Unknown field.{(known.Count is 0 or > MostNamed ? "" : $" There are: {string.Join(", ", known)}.")}", Nearest: Nearest.To(name, known));

    /// <summary>What is not for JSON is among the properties too, without a way to read or write it.</summary>
    static IEnumerable<JsonPropertyInfo> FieldsOf(JsonTypeInfo type) => type.Properties.Where(p => p.Get is not null || p.Set is not null);

    static bool MayBeNull(JsonPropertyInfo property) => Nullable.GetUnderlyingType(property.PropertyType) is not null || !property.PropertyType.IsValueType && property.IsSetNullable;

    /// <summary>Also what a record's constructor has no default for: left out, it would be null, or false.</summary>
    static bool IsRequired(JsonPropertyInfo property) =>
        property.IsRequired || property.AssociatedParameter is { HasDefaultValue: false, IsMemberInitializer: false, IsNullable: false } && Nullable.GetUnderlyingType(property.PropertyType) is null;

    static void CheckScalar(JsonElement value, JsonTypeInfo type, string path, List<Problem> problems)
    {
        try
        {
            if (value.ValueKind == JsonValueKind.Null || value.Deserialize(type) is null) problems.Add(new(path, "Must not be null."));
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            var scalar = Nullable.GetUnderlyingType(type.Type) ?? type.Type;
            if (scalar.IsEnum)
            {
                string[] names = [.. Enum.GetNames(scalar).Select(n => JsonSerializer.SerializeToElement(Enum.Parse(scalar, n), Info(type, scalar)).GetString()!)];
                problems.Add(new(path, $"One of {string.Join(", ", names)} is expected, not {Describe(value)}.",
                    Nearest: value.ValueKind == JsonValueKind.String ? Nearest.To(value.GetString()!, names) : null));
            }
            else
                problems.Add(new(path, $"{Expected(scalar)} is expected, not {Describe(value)}."));
        }
    }

    static JsonTypeInfo Info(JsonTypeInfo of, Type type) => of.Options.GetTypeInfo(type);

    static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    static string Expected(Type scalar) =>
        scalar == typeof(bool) ? "true or false"
        : scalar == typeof(string) ? "A string"
        : scalar == typeof(double) ? "A number"
        : scalar == typeof(DateTimeOffset) ? "A time such as 2027-01-31T18:00:00Z"
        : scalar == typeof(ByteSize) ? char.ToUpperInvariant(ByteSize.Form[0]) + ByteSize.Form[1..]
        : scalar == typeof(byte[]) ? "A text in base64"
        : "A whole number";

    /// <summary>In an error: what was given in the place of what is expected.</summary>
    public static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.Null => "null",
        _ => value.GetRawText() is { Length: <= 40 } text ? text : value.GetRawText()[..40] + "…",
    };
}
