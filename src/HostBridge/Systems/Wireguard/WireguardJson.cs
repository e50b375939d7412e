using System.Text.Json;
using System.Text.Json.Serialization;

namespace MeshMcp.HostBridge.Systems.Wireguard;

/// <summary>JSON of what is kept of tunnels and their clients.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
    RespectRequiredConstructorParameters = true,
    PropertyNameCaseInsensitive = false)]
[JsonSerializable(typeof(TunnelRecord))]
[JsonSerializable(typeof(IReadOnlyList<ReleasedAddress>))]
sealed partial class WireguardJson : JsonSerializerContext;
