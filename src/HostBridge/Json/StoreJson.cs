using System.Text.Json;
using System.Text.Json.Serialization;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Joining;
using MeshMcp.HostBridge.Store;
using MeshMcp.HostBridge.Systems.Packagekit;
using MeshMcp.HostBridge.Systems.Systemd;
using MeshMcp.HostBridge.Systems.Uplink;
using MeshMcp.HostBridge.Systems.Xray;

namespace MeshMcp.HostBridge.Json;

/// <summary>JSON of what the host bridge alone reads and writes: its store and its configuration.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    Converters =
    [
        typeof(CamelCase<Datapath>), typeof(CamelCase<PortType>), typeof(CamelCase<NetmakerMode>), typeof(CamelCase<XrayProgram>), typeof(CamelCase<XraySecurity>), typeof(CamelCase<Ensure>),
        typeof(CamelCase<Effect>), typeof(CamelCase<GenerationStatus>), typeof(CamelCase<DriftMode>), typeof(CamelCase<ErrorKind>), typeof(CamelCase<Scope>),
    ],
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    PropertyNameCaseInsensitive = false)]
[JsonSerializable(typeof(EditEntry))]
[JsonSerializable(typeof(JournalRecord))]
[JsonSerializable(typeof(NodeBackup))]
[JsonSerializable(typeof(StoredGeneration))]
[JsonSerializable(typeof(Snapshot))]
[JsonSerializable(typeof(BridgeConfiguration))]
[JsonSerializable(typeof(UplinkRecord))]
[JsonSerializable(typeof(TunnelRecord))]
[JsonSerializable(typeof(IReadOnlyList<ReleasedAddress>))]
[JsonSerializable(typeof(AppliedXray))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, Revoked>))]
[JsonSerializable(typeof(JoiningFile))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, UnitRecord>))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, PackageRecord>))]
public sealed partial class StoreJson : JsonSerializerContext;
