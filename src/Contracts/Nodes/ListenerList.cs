namespace MeshMcp.Contracts.Nodes;

/// <summary>Programs of the node itself, outside its containers, that wait for packets: <c>GET /v1/listeners</c>.</summary>
public sealed record ListenerList(IReadOnlyList<Listener> Listeners);

/// <param name="Address"><c>0.0.0.0</c>, <c>*</c> and <c>::</c> are all addresses of the node.</param>
public sealed record Listener(string Protocol, string Address, int Port, string Program)
{
    public bool On(string protocol, int port, IReadOnlyList<string> addresses) =>
        Protocol == protocol && Port == port && (Address is "0.0.0.0" or "*" or "::" || addresses.Contains(Address));
}
