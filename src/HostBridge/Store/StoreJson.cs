using System.Text.Json;
using System.Text.Json.Serialization;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Store;

/// <summary>JSON of what the host bridge alone reads and writes: its journal, its backups.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    Converters = [typeof(CamelCase<Effect>), typeof(CamelCase<GenerationStatus>), typeof(CamelCase<DriftMode>), typeof(CamelCase<ErrorKind>)],
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    // What a newer version wrote besides is left out, not the whole line with it.
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
    PropertyNameCaseInsensitive = false)]
[JsonSerializable(typeof(EditEntry))]
[JsonSerializable(typeof(JournalRecord))]
[JsonSerializable(typeof(NodeBackup))]
[JsonSerializable(typeof(StoredGeneration))]
[JsonSerializable(typeof(Snapshot))]
public sealed partial class StoreJson : JsonSerializerContext;
