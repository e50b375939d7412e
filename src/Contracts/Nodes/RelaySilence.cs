using MeshMcp.Contracts.Errors;

namespace MeshMcp.Contracts.Nodes;

/// <summary>Says what it means when a relay's connection ends after the handshake and before an answer.</summary>
sealed class RelaySilence(NodeEndpoint.Relay relay, HttpMessageHandler connections) : DelegatingHandler(connections)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await base.SendAsync(request, cancellationToken);
        }
        catch (HttpRequestException e) when (e.InnerException is not MeshException)
        {
            // In TLS 1.3 a client has finished the handshake before the other end judges its certificate, so a stranger's end looks like this too.
            throw new HttpRequestException(e.Message, new MeshException(ErrorKind.Unavailable,
                $"The relay of node {relay.Node} at {relay.Address} ended the connection without an answer: {(e.InnerException ?? e).Message}", relay.Node,
                "The node or its host bridge may have gone away in that moment: read its state before you repeat a change. If it persists, its ca.crt may be of another mesh; the relay's log says so.", e));
        }
    }
}
