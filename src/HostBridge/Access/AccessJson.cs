using System.Text.Json;
using System.Text.Json.Serialization;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Trust;

namespace MeshMcp.HostBridge.Access;

/// <summary>JSON of the configuration.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    Converters = [typeof(CamelCase<Scope>)],
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    PropertyNameCaseInsensitive = false)]
[JsonSerializable(typeof(BridgeConfiguration))]
sealed partial class AccessJson : JsonSerializerContext;
