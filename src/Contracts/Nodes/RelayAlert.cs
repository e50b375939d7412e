using MeshMcp.Contracts.Errors;

namespace MeshMcp.Contracts.Nodes;

/// <summary>
/// In TLS 1.3 a client has finished the handshake before the other end judges its certificate; a refusal arrives as an alert in place of
/// the first answer. Here that becomes the typed refusal.
/// </summary>
sealed class RelayAlert(NodeEndpoint.Relay relay, HttpMessageHandler connections) : DelegatingHandler(connections)
{
    static readonly string[] Kinds = ["certificate", "unknown ca"];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await base.SendAsync(request, cancellationToken);
        }
        catch (HttpRequestException e) when (IsIn(e))
        {
            throw new HttpRequestException(e.Message, Refusal(relay, e));
        }
    }

    /// <summary>Whether OpenSSL reported an alert that is about a certificate.</summary>
    public static bool IsIn(Exception? e) =>
        e is not null && (e.Message.Contains("alert", StringComparison.Ordinal) && Kinds.Any(k => e.Message.Contains(k, StringComparison.Ordinal)) || IsIn(e.InnerException));

    public static MeshException Refusal(NodeEndpoint.Relay relay, Exception e) =>
        new(ErrorKind.PermissionDenied, $"The relay of node {relay.Node} at {relay.Address} refused our certificate.", relay.Node,
            "It must be of the same mesh and issued with --role server; the relay's log says what it did not accept.", e);
}
