using System.Text.Json;
using YamlDotNet.RepresentationModel;

namespace MeshMcp.IntegrationTests.Netmaker;

/// <summary>The published description of Netmaker's API (Swagger 2.0 in YAML). Names are compared without case, as its authors write them otherwise than their server does.</summary>
sealed class PublishedDescription
{
    const int Deepest = 12;

    readonly YamlMappingNode root;

    public PublishedDescription(string file)
    {
        using var reader = File.OpenText(file);
        var stream = new YamlStream();
        stream.Load(reader);
        root = (YamlMappingNode)stream.Documents[0].RootNode;
    }

    /// <summary>Schema of the answer to a call that succeeds.</summary>
    public YamlMappingNode AnswerOf(string method, string path) =>
        Child(Child(Child(Child(Child(root, "paths"), path), method.ToLowerInvariant()), "responses"), "200") is var answer && Find(answer, "schema") is YamlMappingNode schema ? schema
            : throw new KeyNotFoundException($"{method} {path} describes no answer");

    /// <summary>Of a list, what its items are.</summary>
    public YamlMappingNode ItemOf(YamlMappingNode schema) => Find(Resolve(schema), "items") as YamlMappingNode ?? schema;

    /// <summary>What in <paramref name="answer"/> the description does not know, or knows as another type; one line each.</summary>
    public IEnumerable<string> Faults(JsonElement answer, YamlMappingNode schema, string path = "", int depth = 0)
    {
        schema = Resolve(schema);
        if (answer.ValueKind == JsonValueKind.Null || depth > Deepest) yield break;
        var type = (Find(schema, "type") as YamlScalarNode)?.Value;
        if (!Fits(answer, schema, type))
        {
            yield return $"{(path.Length == 0 ? "." : path)}: {answer.ValueKind}, described as {type}";
            yield break;
        }
        if (answer.ValueKind == JsonValueKind.Array && type == "array" && Find(schema, "items") is YamlMappingNode items)
            foreach (var (i, item) in answer.EnumerateArray().Index())
                foreach (var fault in Faults(item, items, $"{path}[{i}]", depth + 1)) yield return fault;
        if (answer.ValueKind != JsonValueKind.Object || Find(schema, "properties") is not YamlMappingNode properties) yield break;
        foreach (var field in answer.EnumerateObject())
            if (Find(properties, field.Name) is not YamlMappingNode described) yield return $"{path}.{field.Name}: not described";
            else
                foreach (var fault in Faults(field.Value, described, $"{path}.{field.Name}", depth + 1)) yield return fault;
    }

    /// <summary>Known errors of the description: addresses, byte strings and masks are strings though they are said to be lists of numbers; a WireGuard key is such a list though it is said to be an object; a network range is an object.</summary>
    static bool Fits(JsonElement answer, YamlMappingNode schema, string? type) => answer.ValueKind switch
    {
        JsonValueKind.String => type is "string" or null || (type == "array" && ItemTypeOf(schema) is "integer" or "number"),
        JsonValueKind.Number => type is "integer" or "number" or null,
        JsonValueKind.True or JsonValueKind.False => type is "boolean" or null,
        JsonValueKind.Array => type is "array" or null || (Find(schema, "properties") is YamlMappingNode p && Find(p, "wgtypes.Key") is not null),
        JsonValueKind.Object => type is "object" or null || (type is "integer" or "number" && answer.TryGetProperty("Mask", out _)),
        _ => false,
    };

    static string? ItemTypeOf(YamlMappingNode schema) => ((Find(schema, "items") as YamlMappingNode) is { } items ? Find(items, "type") as YamlScalarNode : null)?.Value;

    YamlMappingNode Resolve(YamlMappingNode schema)
    {
        for (var hops = 0; hops < Deepest; hops++)
            if (Find(schema, "allOf") is YamlSequenceNode { Children: [YamlMappingNode first, ..] }) schema = first;
            else if (Find(schema, "$ref") is YamlScalarNode { Value: { } reference }) schema = Child(Child(root, "definitions"), reference.Split('/')[^1]);
            else break;
        return schema;
    }

    static YamlMappingNode Child(YamlMappingNode node, string name) => Find(node, name) as YamlMappingNode ?? throw new KeyNotFoundException($"the description has no {name}");

    static YamlNode? Find(YamlMappingNode node, string name) =>
        node.Children.FirstOrDefault(c => string.Equals((c.Key as YamlScalarNode)?.Value, name, StringComparison.OrdinalIgnoreCase)).Value;
}
