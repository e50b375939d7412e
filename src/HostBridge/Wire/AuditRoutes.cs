using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Audit;

namespace MeshMcp.HostBridge.Wire;

/// <summary>The audit is searched, checked and taken along; and servers report what they refused themselves.</summary>
sealed class AuditRoutes(AuditLog audit, BridgeConfiguration configuration) : INodeRoutes
{
    const int MostEntries = 10_000, MaxReason = 500, MaxTool = 64, MostCounted = 1_000_000;

    public void Map(NodeRoutes routes)
    {
        routes.Read("/v1/audit", MeshJson.Default.IReadOnlyListAuditEntry, c => Task.FromResult<IReadOnlyList<AuditEntry>>([.. audit.Search(QueryOf(c.Request))]));
        routes.Read("/v1/audit/verdict", MeshJson.Default.AuditVerdict, c => Task.FromResult(audit.Verify(c.Request.Text("holds"))));
        routes.Read("/v1/audit/heads", MeshJson.Default.String, _ => Task.FromResult(Heads()));
        routes.ReadLines("/v1/audit/export", MeshJson.Default.String, _ => audit.Lines().ToAsyncEnumerable(), asWritten: true);
        routes.Report("/v1/audit/refusals", MeshJson.Default.RefusalReport, (caller, report) =>
        {
            var reason = Short(report.Reason, MaxReason);
            audit.Refused(caller, Short(report.Tool, MaxTool), $"refused by the server{(report.Count > 1 ? $" {report.Count} times" : "")}: {reason}", reason, count: Math.Clamp(report.Count, 1, MostCounted));
        });
    }

    /// <summary>Signed by the node's key where there is one.</summary>
    string Heads()
    {
        if (configuration.Identity is not { } identity) return audit.ExportHeads(null);
        try
        {
            using var signer = X509Certificate2.CreateFromPem(File.ReadAllText(identity.Certificate), File.ReadAllText(identity.Key));
            return audit.ExportHeads(signer);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new MeshException(ErrorKind.Unavailable, $"The heads cannot be signed: {e.Message}", identity.Certificate, "meshctl doctor on the node looks at its certificate.", e);
        }
    }

    static string Short(string text, int longest) => new([.. text.Where(c => !char.IsControl(c)).Take(longest)]);

    static AuditQuery QueryOf(HttpRequest request)
    {
        return new(Number("limit", 1, MostEntries) is { } limit ? (int)limit : 100, Number("before", 0, long.MaxValue), request.Text("caller"), request.Text("action"), request.Text("text"), request.Moment("since"), request.Moment("until"), request.Flag("refused"));

        long? Number(string name, long least, long most) => request.Text(name) is not { } text ? null
            : long.TryParse(text, out var number) && number >= least && number <= most ? number
            : throw new MeshException(ErrorKind.InvalidArgument, $"{text} is no number from {least} to {most}.", name, "For example limit=50&since=2027-01-31T08:00Z&refused=true.");
    }
}
