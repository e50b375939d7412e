using System.Globalization;
using System.Net.Http.Json;
using MeshMcp.Contracts.Json;

namespace MeshMcp.Contracts.Nodes;

public sealed partial class NodeClient
{
    /// <summary>Changes, and what was done besides, newest first.</summary>
    public Task<IReadOnlyList<HistoryEntry>> HistoryAsync(HistoryQuery query, CancellationToken ct) => GetAsync($"v1/history?{Given(
        ("limit", query.Limit.ToString(CultureInfo.InvariantCulture)), ("since", Text(query.Since)), ("until", Text(query.Until)), ("by", query.By))}", MeshJson.Default.IReadOnlyListHistoryEntry, ct);

    /// <summary>Newest first.</summary>
    public Task<IReadOnlyList<AuditEntry>> AuditAsync(AuditQuery query, CancellationToken ct) => GetAsync($"v1/audit?{Given(
        ("limit", query.Limit.ToString(CultureInfo.InvariantCulture)), ("before", query.Before?.ToString(CultureInfo.InvariantCulture)), ("caller", query.Caller), ("action", query.Action), ("text", query.Text),
        ("since", Text(query.Since)), ("until", Text(query.Until)), ("refused", query.Refused ? "true" : null))}", MeshJson.Default.IReadOnlyListAuditEntry, ct);

    static string Given(params IEnumerable<(string Name, string? Value)> given) => string.Join('&', given.Where(g => g.Value is not null).Select(g => $"{g.Name}={Uri.EscapeDataString(g.Value!)}"));

    static string? Text(DateTimeOffset? moment) => moment?.ToString("O", CultureInfo.InvariantCulture);

    /// <param name="holds">The hash of an entry that must be there.</param>
    public Task<AuditVerdict> AuditVerdictAsync(string? holds, CancellationToken ct) => GetAsync($"v1/audit/verdict{(holds is null ? "" : $"?holds={Uri.EscapeDataString(holds)}")}", MeshJson.Default.AuditVerdict, ct);

    /// <summary>All its lines as they are on disk, oldest first.</summary>
    public IAsyncEnumerable<string> AuditExportAsync(CancellationToken ct) => LinesAsync(HttpMethod.Get, "v1/audit/export", null, MeshJson.Default.String, ct);

    /// <summary>First and last of its heads as text, signed by the node's key where it has one: to be kept elsewhere.</summary>
    public Task<string> AuditHeadsAsync(CancellationToken ct) => GetAsync("v1/audit/heads", MeshJson.Default.String, ct);

    /// <summary>What a server refused before it reached the node.</summary>
    public async Task ReportRefusalAsync(RefusalReport report, CancellationToken ct) =>
        (await SendAsync(HttpMethod.Post, "v1/audit/refusals", JsonContent.Create(report, MeshJson.Default.RefusalReport), HttpCompletionOption.ResponseContentRead, ct)).Dispose();
}
