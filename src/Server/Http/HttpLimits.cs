namespace MeshMcp.Server.Http;

/// <summary>What one client may take, on by default.</summary>
/// <param name="BodyBytes">A larger body is answered 413.</param>
/// <param name="Connections">Beyond it new connections are closed at once.</param>
/// <param name="CallerRequests">Requests of one token in progress, listening streams included.</param>
/// <param name="CallerWaiting">Requests of one token that wait for their turn; beyond it the answer is 429.</param>
public sealed record HttpLimits(long BodyBytes = 8 << 20, int Connections = 1024, int CallerRequests = 64, int CallerWaiting = 1024)
{
    public TimeSpan Headers { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan Shutdown { get; init; } = TimeSpan.FromSeconds(10);
}
