using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace MeshMcp.NetmakerStandIn.Shapes;

/// <summary>A struct without tags in Netmaker's source: its fields keep their names.</summary>
[AttributeUsage(AttributeTargets.Class)]
sealed class UntaggedAttribute : Attribute;

/// <summary>Netmaker's JSON: tagged fields are lower case (some with underscores, which say so here), those of untagged structs PascalCase.</summary>
static class WireJson
{
    public static JsonSerializerOptions Options { get; } = Make(indented: false);

    /// <summary>As netclient writes its files.</summary>
    public static JsonSerializerOptions File { get; } = Make(indented: true);

    static JsonSerializerOptions Make(bool indented) => new()
    {
        PropertyNameCaseInsensitive = true,
        WriteIndented = indented,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { Name } },
    };

    static void Name(JsonTypeInfo type)
    {
        if (type.Type.IsDefined(typeof(UntaggedAttribute), false)) return;
        foreach (var property in type.Properties)
            if (property.AttributeProvider?.IsDefined(typeof(JsonPropertyNameAttribute), false) != true) property.Name = property.Name.ToLowerInvariant();
    }
}
