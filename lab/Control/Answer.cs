using System.Text.Json;
using System.Text.Json.Serialization;

namespace MeshMcp.Lab.Control;

/// <summary>One line from the supervisor: progress until the last, which has the state or the error.</summary>
sealed record Answer(string? Progress = null, LabState? State = null, string? Error = null);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Answer))]
sealed partial class AnswerContext : JsonSerializerContext;
