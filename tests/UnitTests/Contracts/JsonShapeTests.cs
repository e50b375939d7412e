using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;
using Xunit;

namespace MeshMcp.UnitTests.Contracts;

/// <summary>What goes over the wire of a node is judged as strictly as a state document: every place of every edit and of every request.</summary>
public sealed class JsonShapeTests
{
    static readonly JsonTypeInfo[] Requests =
    [
        MeshJson.Default.ChangeRequest, MeshJson.Default.RollbackRequest, MeshJson.Default.ConfirmRequest, MeshJson.Default.AdoptRequest, MeshJson.Default.ContainerExec, MeshJson.Default.Operation, MeshJson.Default.PurgeRequest,
        MeshJson.Default.NewTemplate, MeshJson.Default.SecretContent, MeshJson.Default.NewVpnClient, MeshJson.Default.EnrollmentKeyRequest, MeshJson.Default.EgressRequest, MeshJson.Default.InviteRequest, MeshJson.Default.EnrollRequest,
        MeshJson.Default.RevokeRequest, MeshJson.Default.ReadmitRequest, MeshJson.Default.RenewRequest, MeshJson.Default.BackupRequest, MeshJson.Default.RestoreRequest, MeshJson.Default.NodeState,
    ];

    public static TheoryData<string> Edits => [.. MeshJson.Default.Edit.PolymorphismOptions!.DerivedTypes.Select(d => (string)d.TypeDiscriminator!)];

    public static TheoryData<string> RequestNames => [.. Requests.Select(r => r.Type.Name)];

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

    [Theory]
    [MemberData(nameof(RequestNames))]
    public void And_of_every_request(string name)
    {
        var type = Requests.Single(r => r.Type.Name == name);
        EveryPlaceIsHeld(type, () => Sample(type)!.AsObject(), type);
    }

    static void EveryPlaceIsHeld(JsonTypeInfo type, Func<JsonObject> whole, JsonTypeInfo inside)
    {
        Assert.Empty(Faults(type, whole()));
        foreach (var (path, at, required) in Places(inside, []))
        {
            // A value of any kind is judged by whoever reads it.
            if ((Nullable.GetUnderlyingType(at.Type) ?? at.Type) == typeof(JsonElement)) continue;
            Assert.NotEmpty(Faults(type, With(whole(), path, at.Kind == JsonTypeInfoKind.None && at.Type != typeof(string) ? new JsonArray() : JsonValue.Create(5))));
            if (required) Assert.NotEmpty(Faults(type, With(whole(), path, null)));
            if (at.Kind == JsonTypeInfoKind.Object && at.PolymorphismOptions is null)
            {
                var more = Sample(at)!.AsObject();
                more["there_is_no_such_field"] = 1;
                Assert.Contains(Faults(type, With(whole(), path, more)), p => p.Message.StartsWith("Unknown field.", StringComparison.Ordinal));
            }
            if (required && path[^1] is string field)
            {
                var less = whole();
                Parent(less, path).AsObject().Remove(field);
                Assert.Contains(Faults(type, less), p => p.Message == "This field is required.");
            }
        }
        var unknown = whole();
        unknown["there_is_no_such_field"] = 1;
        Assert.Contains(Faults(type, unknown), p => p.Path == "there_is_no_such_field");
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"edit":7}""")]
    [InlineData("""{"edit":"addflow","flow":"x"}""")]
    public void An_edit_without_a_word_that_is_one_is_told_the_words(string edit) =>
        Assert.Single(JsonShape.Faults(JsonDocument.Parse(edit).RootElement, MeshJson.Default.Edit, "edit"));

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

    static IEnumerable<(IReadOnlyList<object> Path, JsonTypeInfo Type, bool Required)> Places(JsonTypeInfo type, IReadOnlyList<object> at)
    {
        if (type.Kind == JsonTypeInfoKind.Enumerable)
        {
            var items = MeshJson.Default.GetTypeInfo(type.ElementType!)!;
            yield return ([.. at, 0], items, true);
            foreach (var place in Places(items, [.. at, 0])) yield return place;
        }
        if (type.Kind == JsonTypeInfoKind.Dictionary)
        {
            var items = MeshJson.Default.GetTypeInfo(type.ElementType!)!;
            yield return ([.. at, "key"], items, false);
            foreach (var place in Places(items, [.. at, "key"])) yield return place;
        }
        if (type.Kind != JsonTypeInfoKind.Object || type.PolymorphismOptions is not null) yield break;
        foreach (var property in type.Properties)
        {
            var info = MeshJson.Default.GetTypeInfo(property.PropertyType)!;
            var needed = property.IsRequired || property.AssociatedParameter is { HasDefaultValue: false, IsMemberInitializer: false, IsNullable: false } && Nullable.GetUnderlyingType(property.PropertyType) is null;
            yield return ([.. at, property.Name], info, needed);
            foreach (var place in Places(info, [.. at, property.Name])) yield return place;
        }
    }

    static JsonNode? Sample(JsonTypeInfo type)
    {
        var scalar = Nullable.GetUnderlyingType(type.Type) ?? type.Type;
        return type.Kind switch
        {
            JsonTypeInfoKind.Object when type.PolymorphismOptions is not null => JsonNode.Parse("""{"edit":"deleteFlow","flow":"x"}"""),
            JsonTypeInfoKind.Object => new JsonObject(type.Properties.Select(p => KeyValuePair.Create(p.Name, Sample(MeshJson.Default.GetTypeInfo(p.PropertyType)!)))),
            JsonTypeInfoKind.Enumerable => new JsonArray(Sample(MeshJson.Default.GetTypeInfo(type.ElementType!)!)),
            JsonTypeInfoKind.Dictionary => new JsonObject { ["key"] = Sample(MeshJson.Default.GetTypeInfo(type.ElementType!)!) },
            _ when scalar.IsEnum => JsonNode.Parse(JsonSerializer.Serialize(Enum.GetValues(scalar).GetValue(0), MeshJson.Default.GetTypeInfo(scalar)!)),
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
