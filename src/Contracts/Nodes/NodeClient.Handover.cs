using MeshMcp.Contracts.Json;

namespace MeshMcp.Contracts.Nodes;

public sealed partial class NodeClient
{
    /// <summary>Fetches what waits for this token, once: it is gone with the answer.</summary>
    /// <param name="kind">What alone is to be opened; null: whatever it is.</param>
    public Task<HandedOver> OpenHandoverAsync(string token, HandedKind? kind, CancellationToken ct) =>
        PostAsync("v1/handover/open", new HandoverToken(token, kind), MeshJson.Default.HandoverToken, MeshJson.Default.HandedOver, ct);

    static string Handed(HandoverWay? by) => by is { } way ? $"?handover={way.ToString().ToLowerInvariant()}" : "";
}
