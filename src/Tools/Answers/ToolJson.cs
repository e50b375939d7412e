using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Tools.Changes;
using MeshMcp.Tools.States;
using ModelContextProtocol;

namespace MeshMcp.Tools.Answers;

/// <summary>The JSON of arguments and answers.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = [typeof(CamelCase<Effect>), typeof(CamelCase<ChangeOutcome>), typeof(CamelCase<StateSide>), typeof(CamelCase<SystemState>), typeof(CamelCase<Health>), typeof(CamelCase<EditStatus>)])]
[JsonSerializable(typeof(IAnswers))]
[JsonSerializable(typeof(JsonNode))]
sealed partial class ToolJson : JsonSerializerContext
{
    /// <summary>With the package's own types, for schemas and arguments.</summary>
    public static JsonSerializerOptions WithProtocol => field ??= Make();

    static JsonSerializerOptions Make()
    {
        var options = new JsonSerializerOptions(Default.Options);
        options.TypeInfoResolverChain.Add(McpJsonUtilities.DefaultOptions.TypeInfoResolver!);
        options.MakeReadOnly();
        return options;
    }

    sealed class CamelCase<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.CamelCase) where T : struct, Enum;
}
