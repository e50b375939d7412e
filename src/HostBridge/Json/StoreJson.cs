using System.Text.Json;
using System.Text.Json.Serialization;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Json;

/// <summary>JSON of what the host bridge alone reads and writes: its store and its configuration.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    PropertyNameCaseInsensitive = false)]
[JsonSerializable(typeof(EditEntry))]
[JsonSerializable(typeof(StoredGeneration))]
[JsonSerializable(typeof(Snapshot))]
[JsonSerializable(typeof(BridgeConfiguration))]
public sealed partial class StoreJson : JsonSerializerContext;
