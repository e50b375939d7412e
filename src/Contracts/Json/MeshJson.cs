using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Joining;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.Contracts.Trust;

namespace MeshMcp.Contracts.Json;

/// <summary>The one JSON form of everything that crosses the socket or is stored: camelCase, strict, nulls left out. State fields of more than one word carry the names of the state format.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    Converters =
    [
        typeof(KebabCase<SecretKind>),
        typeof(CamelCase<Effect>), typeof(CamelCase<GenerationStatus>), typeof(CamelCase<EditStatus>), typeof(CamelCase<DriftMode>), typeof(CamelCase<ErrorKind>), typeof(CamelCase<HandedKind>),
    ],
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    NumberHandling = JsonNumberHandling.Strict,
    RespectNullableAnnotations = true,
    PropertyNameCaseInsensitive = false)]
[JsonSerializable(typeof(NodeState))]
[JsonSerializable(typeof(Edit))]
[JsonSerializable(typeof(ContainerChange))]
[JsonSerializable(typeof(INodeMessages))]
[JsonSerializable(typeof(ChangeRequest))]
[JsonSerializable(typeof(RollbackRequest))]
[JsonSerializable(typeof(ConfirmRequest))]
[JsonSerializable(typeof(ApplyEvent))]
[JsonSerializable(typeof(Plan))]
[JsonSerializable(typeof(Generation))]
[JsonSerializable(typeof(IReadOnlyList<Generation>))]
[JsonSerializable(typeof(IReadOnlyList<HistoryEntry>))]
[JsonSerializable(typeof(MeshError))]
[JsonSerializable(typeof(NodeStatus))]
[JsonSerializable(typeof(Checkup))]
[JsonSerializable(typeof(StateView))]
[JsonSerializable(typeof(NodeEvent))]
[JsonSerializable(typeof(IReadOnlyList<NodeEvent>))]
[JsonSerializable(typeof(ListenerList))]
[JsonSerializable(typeof(AuditEntry))]
[JsonSerializable(typeof(AuditVerdict))]
[JsonSerializable(typeof(RefusalReport))]
[JsonSerializable(typeof(IReadOnlyList<AuditEntry>))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(SecretList))]
[JsonSerializable(typeof(SecretContent))]
[JsonSerializable(typeof(Operation))]
[JsonSerializable(typeof(Invitation))]
[JsonSerializable(typeof(InviteRequest))]
[JsonSerializable(typeof(Invited))]
[JsonSerializable(typeof(EnrollRequest))]
[JsonSerializable(typeof(Enrolled))]
[JsonSerializable(typeof(JoinedNodes))]
[JsonSerializable(typeof(JoinedNode))]
[JsonSerializable(typeof(RenewRequest))]
[JsonSerializable(typeof(Renewed))]
[JsonSerializable(typeof(RevocationList))]
[JsonSerializable(typeof(RevokeRequest))]
[JsonSerializable(typeof(ReadmitRequest))]
[JsonSerializable(typeof(Readmission))]
[JsonSerializable(typeof(EditList))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(StateDiff))]
[JsonSerializable(typeof(StateCheck))]
[JsonSerializable(typeof(AdoptRequest))]
[JsonSerializable(typeof(BackupRequest))]
[JsonSerializable(typeof(BackupContent))]
[JsonSerializable(typeof(RestoreRequest))]
[JsonSerializable(typeof(HandoverToken))]
[JsonSerializable(typeof(HandedOver))]
public sealed partial class MeshJson : JsonSerializerContext
{
    /// <summary>The same form over several lines, for files that people read.</summary>
    public static MeshJson Indented => field ??= new(new JsonSerializerOptions(Default.Options) { WriteIndented = true });
}
