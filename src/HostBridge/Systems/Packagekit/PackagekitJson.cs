using System.Text.Json;
using System.Text.Json.Serialization;

namespace MeshMcp.HostBridge.Systems.Packagekit;

/// <summary>JSON of what packages were before.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
    PropertyNameCaseInsensitive = false)]
[JsonSerializable(typeof(IReadOnlyDictionary<string, PackageRecord>))]
sealed partial class PackagekitJson : JsonSerializerContext;
