using System.Text.Json.Serialization;

namespace MeshMcp.Lab;

/// <summary>A supervised program: <c>vps/ovs-vswitchd</c>; no process id while it is not running.</summary>
public sealed record DaemonState(string Name, int? Pid);

/// <summary>A lab that is up.</summary>
/// <param name="Supervisor">Process id of the supervisor.</param>
/// <param name="Port">On 127.0.0.1, forwarded to the server.</param>
/// <param name="Token">The operator's bearer token.</param>
public sealed record LabState(string Prefix, int Supervisor, int Port, string Token, IReadOnlyList<DaemonState> Daemons)
{
    /// <summary>Where the API and the dashboard are reached, on another port of 127.0.0.1.</summary>
    public string Dashboard { get; init; } = "";

    [JsonIgnore]
    public string Url => $"http://127.0.0.1:{Port}/mcp";
}
