using System.Text.Json;
using System.Text.Json.Serialization;

namespace MeshMcp.HostBridge.Joining;

/// <summary>JSON of what is kept about joining.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
    PropertyNameCaseInsensitive = false)]
[JsonSerializable(typeof(JoiningFile))]
sealed partial class JoiningJson : JsonSerializerContext;
