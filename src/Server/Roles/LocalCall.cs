using MeshMcp.Contracts.Trust;
using MeshMcp.Tools.Calls;

namespace MeshMcp.Server.Roles;

/// <summary>A call over standard input: whoever started this program, with whatever the operating system lets that user do.</summary>
/// <param name="dashboard">As the configuration says it.</param>
sealed class LocalCall(TimeProvider time, Uri? dashboard) : ICallContext
{
    readonly long _started = time.GetTimestamp();

    public string CallerName => "local";

    public IReadOnlyList<Scope> Scopes { get; } = Enum.GetValues<Scope>();

    public IReadOnlyList<string>? Nodes => null;

    public TimeSpan ConnectionAge => time.GetElapsedTime(_started);

    public bool IsLocal => true;

    public Uri? Dashboard => dashboard;

    public void CloseAfterAnswer()
    {
    }
}
