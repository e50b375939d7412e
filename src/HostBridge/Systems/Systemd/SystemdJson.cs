using System.Text.Json;
using System.Text.Json.Serialization;

namespace MeshMcp.HostBridge.Systems.Systemd;

/// <summary>JSON of what units were before.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
    PropertyNameCaseInsensitive = false)]
[JsonSerializable(typeof(IReadOnlyDictionary<string, UnitRecord>))]
sealed partial class SystemdJson : JsonSerializerContext;
