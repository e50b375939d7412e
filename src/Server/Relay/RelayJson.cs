using System.Text.Json;
using System.Text.Json.Serialization;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.Server.Relay;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(MeshError))]
sealed partial class RelayJson : JsonSerializerContext;
