using System.Text.Json;
using System.Text.Json.Serialization;

namespace MeshMcp.HostBridge.Systems.Uplink;

/// <summary>JSON of what is kept of our table.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
    RespectRequiredConstructorParameters = true,
    PropertyNameCaseInsensitive = false)]
[JsonSerializable(typeof(UplinkRecord))]
sealed partial class UplinkJson : JsonSerializerContext;
