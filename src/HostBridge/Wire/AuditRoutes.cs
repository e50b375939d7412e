using System.Threading.RateLimiting;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Audit;

namespace MeshMcp.HostBridge.Wire;

/// <summary>The audit is searched, checked and taken along; and servers report what they refused themselves.</summary>
sealed class AuditRoutes(AuditLog audit) : INodeRoutes, IDisposable
{
    const int MostReports = 60, MostEntries = 10_000, MaxReason = 500;

    /// <summary>More in a minute say nothing new, and must not fill the audit.</summary>
    readonly FixedWindowRateLimiter _reports = new(new() { PermitLimit = MostReports, Window = TimeSpan.FromMinutes(1) });

    public void Map(NodeRoutes routes)
    {
        routes.Read("/v1/audit", MeshJson.Default.IReadOnlyListAuditEntry, c => Task.FromResult(audit.Search(QueryOf(c.Request.Query))));
        routes.Read("/v1/audit/verdict", MeshJson.Default.AuditVerdict, c => Task.FromResult(AuditChain.Check(audit.Lines(), c.Request.Query["holds"].FirstOrDefault())));
        routes.ReadLines("/v1/audit/export", MeshJson.Default.String, _ => audit.Lines().ToAsyncEnumerable());
        routes.Report("/v1/audit/refusals", MeshJson.Default.RefusalReport, Admit, r => (r.Tool, $"refused by the server: {Short(r.Reason)}"));
    }

    public void Dispose() => _reports.Dispose();

    void Admit()
    {
        using var lease = _reports.AttemptAcquire();
        if (!lease.IsAcquired) throw new MeshException(ErrorKind.Unavailable, $"{MostReports} refusals were reported in this minute; that is enough.", "refusals");
    }

    static string Short(string text) => new([.. text.Where(c => !char.IsControl(c)).Take(MaxReason)]);

    static AuditQuery QueryOf(IQueryCollection query)
    {
        return new(Number("limit", 1, MostEntries) is { } limit ? (int)limit : 100, Number("before", 0, long.MaxValue), Text("caller"), Text("action"), Text("text"), Moment("since"), Moment("until"), query["refused"] == "true");

        string? Text(string name) => query[name].FirstOrDefault() is { Length: > 0 } text ? text : null;

        long? Number(string name, long least, long most) => Text(name) is not { } text ? null
            : long.TryParse(text, out var number) && number >= least && number <= most ? number : throw Wrong(name, $"{text} is no number from {least} to {most}.");

        DateTimeOffset? Moment(string name) => Text(name) is not { } text ? null
            : DateTimeOffset.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal, out var at) ? at : throw Wrong(name, $"{text} is no moment.");

        static MeshException Wrong(string name, string what) => new(ErrorKind.InvalidArgument, what, name, "For example limit=50&since=2027-01-31T08:00Z&refused=true.");
    }
}
