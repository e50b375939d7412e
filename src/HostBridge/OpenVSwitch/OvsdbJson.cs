using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace MeshMcp.HostBridge.OpenVSwitch;

[JsonSerializable(typeof(JsonObject))]
sealed partial class OvsdbJson : JsonSerializerContext;
