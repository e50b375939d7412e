using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using MeshMcp.Contracts.Errors;
using ModelContextProtocol.Protocol;

namespace MeshMcp.Server.Mcp.Filters;

/// <summary>A <see cref="MeshError"/> as a tool's result: text for the model, and the same as JSON in <c>_meta</c> for programs.</summary>
static partial class ErrorResult
{
    /// <summary>Not structuredContent: clients check that against the tool's output schema, also in errors, and would show their own complaint instead.</summary>
    public const string MetaKey = "meshmcp/error";

    public static CallToolResult Of(MeshError error) => new()
    {
        IsError = true,
        Content = [new TextContentBlock { Text = Text(error) }],
        Meta = new JsonObject { [MetaKey] = JsonSerializer.SerializeToNode(error, ErrorJson.Default.MeshError) },
    };

    /// <summary>The error that <paramref name="result"/> is, or null.</summary>
    public static MeshError? In(CallToolResult result) =>
        result.IsError is true && result.Meta?[MetaKey] is { } error ? error.Deserialize(ErrorJson.Default.MeshError) : null;

    public static string Text(MeshError error)
    {
        var text = new StringBuilder().Append(error.Kind).Append(": ").Append(error.Message);
        if (error.Target is { } target) text.Append(" (").Append(target).Append(')');
        foreach (var problem in error.Problems ?? [])
        {
            text.Append("\n- ").Append(problem.Path);
            if (problem.Position is { } position) text.Append(CultureInfo.InvariantCulture, $" at character {position}");
            text.Append(": ").Append(problem.Message);
            if (problem.Nearest is { Count: > 0 } nearest) text.Append("; did you mean ").AppendJoin(" or ", nearest).Append('?');
        }
        if (error.Hint is { } hint) text.Append('\n').Append(hint);
        return text.ToString();
    }

    [JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonSerializable(typeof(MeshError))]
    sealed partial class ErrorJson : JsonSerializerContext;
}
