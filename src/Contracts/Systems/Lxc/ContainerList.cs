namespace MeshMcp.Contracts.Nodes;

/// <summary>The containers of a node, ours and others', and its trash: <c>GET /v1/containers</c>.</summary>
public sealed record ContainerList(IReadOnlyList<ContainerStatus> Containers, IReadOnlyList<TrashedContainer> Trash);

/// <summary>How a container is.</summary>
/// <param name="Ours">False: another program made it, and it is never touched.</param>
public sealed record ContainerStatus(string Id, bool Ours, bool Running)
{
    public string? Name { get; init; }
    public string? Template { get; init; }
    /// <summary>With its prefix length.</summary>
    public string? Address { get; init; }
    public string? Veth { get; init; }
    /// <summary>As <c>http tcp/80</c>.</summary>
    public IReadOnlyList<string> Services { get; set; } = [];
    /// <summary>Bytes the container sent and received since it was started.</summary>
    public long? Sent { get; init; }
    public long? Received { get; init; }
    /// <summary>Why a desired container is not there.</summary>
    public IReadOnlyList<string>? Waiting { get; init; }
    /// <summary>The last lines of its services' logs, each after the service's name.</summary>
    public IReadOnlyList<string> Log { get; set; } = [];
    /// <summary>Of this very container: one that is made anew under its id has another. Null for others' containers.</summary>
    public string? Identity { get; init; }
}

/// <param name="At">When it was deleted.</param>
/// <param name="PurgedAt">When its files go for good.</param>
/// <param name="Identity">As of <see cref="ContainerStatus"/>.</param>
public sealed record TrashedContainer(string Id, string? Name, DateTimeOffset At, DateTimeOffset PurgedAt, string? Identity = null);

/// <summary>Body of <c>POST /v1/containers/{id}/exec</c>.</summary>
/// <param name="Command">Program and arguments; no shell reads them.</param>
public sealed record ContainerExec(IReadOnlyList<string> Command)
{
    public const int MostSeconds = 120, MostBytes = 64 * 1024;

    /// <summary>The program is killed after this: 1 to 120 s.</summary>
    public int TimeoutSeconds { get; set; } = 10;
}

/// <param name="Cut">More was printed than the first 64 KiB of each stream.</param>
public sealed record ContainerExecResult(int ExitCode, string Output, string ErrorOutput, bool Cut);

/// <summary>Body of an operation that needs nothing but its name.</summary>
public sealed record Operation(string? Why = null);

/// <summary>Body of <c>POST /v1/containers/{id}/purge</c>.</summary>
/// <param name="Only">Identities of those that are meant; null: all that was deleted under the id.</param>
public sealed record PurgeRequest(string? Why = null, IReadOnlyList<string>? Only = null);

/// <param name="Later">It happens after this answer: the caller's own way leads through the container.</param>
public sealed record ContainerOperation(string Id, bool Later);
