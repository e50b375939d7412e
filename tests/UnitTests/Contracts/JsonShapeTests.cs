using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;
using Xunit;

namespace MeshMcp.UnitTests.Contracts;

/// <summary>What goes over the wire of a node is judged as strictly as a state document: every place of every edit and of every request.</summary>
public sealed class JsonShapeTests
{
    public static TheoryData<string> Edits => [.. MeshJson.Default.Edit.PolymorphismOptions!.DerivedTypes.Select(d => (string)d.TypeDiscriminator!)];


    [Theory]
    [MemberData(nameof(Edits))]
    public void Null_an_unknown_field_a_wrong_type_and_a_missing_field_are_told_at_every_place_of_every_edit(string word)
    {
        var derived = MeshJson.Default.Edit.PolymorphismOptions!.DerivedTypes.Single(d => (string)d.TypeDiscriminator! == word).DerivedType;
        JsonObject Whole()
        {
            var whole = Sample(MeshJson.Default.GetTypeInfo(derived)!)!.AsObject();
            whole["edit"] = word;
            return whole;
        }

        EveryPlaceIsHeld(MeshJson.Default.Edit, Whole, MeshJson.Default.GetTypeInfo(derived)!);
    }

    [Fact]
    public async Task And_of_every_request()
    {
        var endpoints = await AgentEndpoints.AllAsync();
        var bodies = endpoints.Where(e => e.Is("POST", "PUT")).Select(e => (e.RoutePattern.RawText, Type: e.Metadata.GetMetadata<JsonTypeInfo>())).ToList();

        Assert.Empty(bodies.Where(b => b.Type is null).Select(b => b.RawText));
        JsonTypeInfo[] all = [MeshJson.Default.NodeState, .. bodies.Select(b => b.Type!).DistinctBy(t => t.Type)];
        Assert.InRange(all.Length, 20, 100);
        foreach (var type in all.Where(t => t.Kind == JsonTypeInfoKind.Object)) EveryPlaceIsHeld(type, () => Sample(type)!.AsObject(), type);
    }

    static void EveryPlaceIsHeld(JsonTypeInfo type, Func<JsonObject> whole, JsonTypeInfo inside)
    {
        Assert.Empty(Faults(type, whole()));
        foreach (var place in Places(inside, []))
        {
            var (path, at) = (place.Path, place.Type);
            var said = $"{type.Type.Name} {string.Join('.', path)}";
            if (place.Must && path[^1] is string field)
            {
                var less = whole();
                Parent(less, path).AsObject().Remove(field);
                Assert.True(Faults(type, less).Any(p => p.Message == "This field is required."), $"{said} is missing");
            }
            // A value of any kind is judged by whoever reads it.
            if ((Nullable.GetUnderlyingType(at.Type) ?? at.Type) == typeof(JsonElement)) continue;
            Assert.True(Faults(type, With(whole(), path, at.Kind == JsonTypeInfoKind.None && at.Type != typeof(string) ? new JsonArray() : JsonValue.Create(5))).Count > 0, $"{said} is of a wrong type");
            if (place.MayBeNull is { } may && !(may && place.Must)) Assert.True(Faults(type, With(whole(), path, null)).Count == 0 == may, $"{said} is null, which it may{(may ? "" : " not")} be");
            if (at.Kind == JsonTypeInfoKind.Object && at.PolymorphismOptions is null)
            {
                foreach (var name in NoFieldsOf(at))
                {
                    var more = Sample(at)!.AsObject();
                    more[name] = 1;
                    Assert.True(Faults(type, With(whole(), path, more)).Any(p => p.Path.EndsWith(name, StringComparison.Ordinal) && p.Message.StartsWith("Unknown field.", StringComparison.Ordinal)), $"{said} has no field {name}");
                }
            }
        }
        foreach (var name in NoFieldsOf(inside))
        {
            var unknown = whole();
            unknown[name] = 1;
            Assert.True(Faults(type, unknown).Any(p => p.Path == name && p.Message.StartsWith("Unknown field.", StringComparison.Ordinal)), $"{type.Type.Name} has no field {name}");
        }
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"edit":7}""")]
    [InlineData("""{"edit":"addflow","flow":"x"}""")]
    public void An_edit_without_a_word_that_is_one_is_told_the_words(string edit)
    {
        var fault = Assert.Single(JsonShape.Faults(JsonDocument.Parse(edit).RootElement, MeshJson.Default.Edit, "value"));

        Assert.Equal("edit", fault.Path);
        Assert.StartsWith($"One of {string.Join(", ", Edits.Select(e => e.Data))} is expected", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("null", "null")]
    [InlineData("[]", "a list")]
    public void What_is_no_object_is_no_edit(string edit, string what)
    {
        var fault = Assert.Single(JsonShape.Faults(JsonDocument.Parse(edit).RootElement, MeshJson.Default.Edit, "value"));

        Assert.Equal(("value", $"An object is expected, not {what}."), (fault.Path, fault.Message));
    }

    [Theory]
    [InlineData("128", 128L)]
    [InlineData("\"128\"", 128L)]
    [InlineData("\"128M\"", 128L << 20)]
    [InlineData("\"128 MiB\"", 128L << 20)]
    [InlineData("\"1g\"", 1L << 30)]
    [InlineData("\"512kB\"", 512L << 10)]
    [InlineData("\"9999999T\"", null)]
    [InlineData("\"12 apples\"", null)]
    [InlineData("\"-1M\"", null)]
    [InlineData("1.5", null)]
    [InlineData("true", null)]
    public void A_size_is_a_number_of_bytes_or_has_a_unit(string json, long? bytes)
    {
        var limits = JsonDocument.Parse($$"""{"memory":{{json}}}""").RootElement;

        var faults = JsonShape.Faults(limits, MeshJson.Default.ContainerLimits, "limits");
        if (bytes is null) Assert.StartsWith("A number of bytes, or a text such as 128M", faults.Single().Message, StringComparison.Ordinal);
        else Assert.Equal((0, bytes), (faults.Count, limits.Deserialize(MeshJson.Default.ContainerLimits)!.Memory?.Bytes));
        if (bytes is not null) Assert.Equal($$"""{"memory":{{bytes}}}""", JsonSerializer.Serialize(new ContainerLimits { Memory = bytes.Value }, MeshJson.Default.ContainerLimits));
    }

    static IReadOnlyList<MeshMcp.Contracts.Errors.Problem> Faults(JsonTypeInfo type, JsonNode value) => JsonShape.Faults(JsonDocument.Parse(value.ToJsonString()).RootElement, type, "value");

    /// <param name="Must">It may not be left out: a member that is required, or a parameter of the constructor that has no default and may not be null.</param>
    /// <param name="MayBeNull">By the declaration in the source; null: it follows from others, and what is sent for it counts nothing.</param>
    sealed record Place(IReadOnlyList<object> Path, JsonTypeInfo Type, bool Must, bool? MayBeNull);

    /// <summary>By what the compiler wrote down of the declarations, which is not what the serializer makes of them.</summary>
    static IEnumerable<Place> Places(JsonTypeInfo type, IReadOnlyList<object> at, NullabilityInfo? declared = null)
    {
        if (type.Kind is JsonTypeInfoKind.Enumerable or JsonTypeInfoKind.Dictionary)
        {
            var (items, item) = (type.Options.GetTypeInfo(type.ElementType!), declared?.ElementType ?? declared?.GenericTypeArguments[^1]);
            IReadOnlyList<object> inner = [.. at, type.Kind == JsonTypeInfoKind.Enumerable ? 0 : "key"];
            yield return new(inner, items, false, item?.ReadState == NullabilityState.Nullable);
            foreach (var place in Places(items, inner, item)) yield return place;
        }
        if (type.Kind != JsonTypeInfoKind.Object || type.PolymorphismOptions is not null) yield break;
        var parameters = type.Type.GetConstructors().OrderByDescending(c => c.GetParameters().Length).FirstOrDefault()?.GetParameters() ?? [];
        foreach (var (property, member) in FieldsOf(type))
        {
            var info = type.Options.GetTypeInfo(property.PropertyType);
            var nullability = new NullabilityInfoContext().Create(member);
            var mayBeNull = nullability.ReadState == NullabilityState.Nullable;
            var must = member.IsDefined(typeof(RequiredMemberAttribute)) || parameters.Any(p => p.Name == member.Name && !p.HasDefaultValue && !mayBeNull);
            yield return new([.. at, property.Name], info, must, member.CanWrite ? mayBeNull : null);
            foreach (var place in Places(info, [.. at, property.Name], nullability)) yield return place;
        }
    }

    static IEnumerable<(JsonPropertyInfo Field, PropertyInfo Member)> FieldsOf(JsonTypeInfo type) => type.Properties.Select(p => (p, (PropertyInfo)p.AttributeProvider!)).Where(f => !IsHidden(f.Item2));

    /// <summary>Names that nothing may be sent under: one that nobody has, and those of properties that are not for JSON.</summary>
    static IEnumerable<string> NoFieldsOf(JsonTypeInfo type) => ["there_is_no_such_field", .. type.Properties.Where(p => IsHidden((PropertyInfo)p.AttributeProvider!)).Select(p => p.Name)];

    static bool IsHidden(PropertyInfo member) => member.GetCustomAttribute<JsonIgnoreAttribute>() is { Condition: JsonIgnoreCondition.Always };

    static JsonNode? Sample(JsonTypeInfo type)
    {
        var scalar = Nullable.GetUnderlyingType(type.Type) ?? type.Type;
        return type.Kind switch
        {
            JsonTypeInfoKind.Object when type.PolymorphismOptions is not null => JsonNode.Parse("""{"edit":"deleteFlow","flow":"x"}"""),
            JsonTypeInfoKind.Object => new JsonObject(FieldsOf(type).Select(f => f.Field).Select(p => KeyValuePair.Create(p.Name, Sample(type.Options.GetTypeInfo(p.PropertyType)!)))),
            JsonTypeInfoKind.Enumerable => new JsonArray(Sample(type.Options.GetTypeInfo(type.ElementType!)!)),
            JsonTypeInfoKind.Dictionary => new JsonObject { ["key"] = Sample(type.Options.GetTypeInfo(type.ElementType!)!) },
            _ when scalar.IsEnum => JsonNode.Parse(JsonSerializer.Serialize(Enum.GetValues(scalar).GetValue(0), type.Options.GetTypeInfo(scalar)!)),
            _ when scalar == typeof(bool) => true,
            _ when scalar == typeof(string) => "x",
            _ when scalar == typeof(DateTimeOffset) => "2027-01-31T18:00:00Z",
            _ when scalar == typeof(byte[]) => "AAAA",
            _ when scalar == typeof(JsonElement) || scalar == typeof(JsonObject) => new JsonObject(),
            _ => 5,
        };
    }

    static JsonObject With(JsonObject whole, IReadOnlyList<object> path, JsonNode? value)
    {
        var parent = Parent(whole, path);
        if (path[^1] is string name) parent[name] = value?.DeepClone();
        else parent[(int)path[^1]] = value?.DeepClone();
        return whole;
    }

    static JsonNode Parent(JsonObject whole, IReadOnlyList<object> path) => path.Take(path.Count - 1).Aggregate((JsonNode)whole, (n, step) => step is string name ? n[name]! : n[(int)step]!);
}
