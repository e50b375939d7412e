using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using MeshMcp.Contracts.Json;

namespace MeshMcp.Contracts.State;

/// <summary>The JSON Schema of state documents, made from the types that read them.</summary>
public static class StateSchema
{
    /// <summary>Draft 2020-12.</summary>
    public static JsonObject Document
    {
        get
        {
            var schema = MeshJson.Default.NodeState.GetJsonSchemaAsNode(new() { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Sized }).AsObject();
            schema.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
            schema.Insert(1, "title", "MeshMcp node state");
            return schema;
        }
    }

    /// <summary>What a converter reads shows no shape of its own.</summary>
    static JsonNode Sized(JsonSchemaExporterContext context, JsonNode schema) =>
        (Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type) == typeof(ByteSize)
            ? new JsonObject { ["type"] = new JsonArray("integer", "string", "null"), ["pattern"] = ByteSize.Pattern }
            : schema;
}
