using System.Text.Json.Serialization;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.Contracts.Nodes;

/// <summary>Something that was done on a node: <c>GET /v1/history</c>. One of both: a change of its desired state, or what is none (a restart, an exec, a repair of drift).</summary>
public sealed record HistoryEntry(Generation? Generation, AuditEntry? Operation)
{
    [JsonIgnore] public DateTimeOffset At => Generation?.At ?? Operation?.At ?? default;

    [JsonIgnore] public string By => Generation?.By ?? Operation?.By ?? "";

    /// <summary>In words, one for each edit.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> What => this switch
    {
        { Generation: { Edits.Count: > 0 } generation } => generation.Edits,
        { Generation: not null } => ["apply declared document"],
        { Operation: { } operation } => [$"{ActionOf(operation)} {Words.Short(operation.Parameters.Trim('"'))}".TrimEnd()],
        _ => ["nothing that is told"],
    };

    static string ActionOf(AuditEntry operation) => operation.Action.IndexOf("/v1/", StringComparison.Ordinal) is >= 0 and var at ? operation.Action[(at + "/v1/".Length)..] : operation.Action;
}

/// <summary>Which entries, newest first; all that are given must fit. <c>GET /v1/history</c> takes them by these names.</summary>
/// <param name="Until">Only before this moment: that of the last entry of an earlier answer goes on from there.</param>
/// <param name="By">A part of the caller's name, proven or said.</param>
public sealed record HistoryQuery(int Limit = 20, DateTimeOffset? Since = null, DateTimeOffset? Until = null, string? By = null);
