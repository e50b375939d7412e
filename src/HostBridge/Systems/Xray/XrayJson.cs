using System.Text.Json;
using System.Text.Json.Serialization;

namespace MeshMcp.HostBridge.Systems.Xray;

/// <summary>JSON of what is kept of configurations that were put.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
    PropertyNameCaseInsensitive = false)]
[JsonSerializable(typeof(AppliedXray))]
sealed partial class XrayJson : JsonSerializerContext;
