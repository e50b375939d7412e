using MeshMcp.Lab.Namespaces;

namespace MeshMcp.Lab.Supervision;

/// <summary>A program that must run for as long as the lab is up.</summary>
/// <param name="Name">Place and program: <c>vps/ovs-vswitchd</c>.</param>
/// <param name="Words">Program and arguments; it stays in the foreground.</param>
sealed record Daemon(string Name, Place Place, IReadOnlyList<string> Words)
{
    /// <summary>What must be there each time before it starts.</summary>
    public Func<CancellationToken, Task> Before { get; init; } = _ => Task.CompletedTask;

    /// <summary>True once the program serves; asked again and again until then.</summary>
    public required Func<bool> Ready { get; init; }

    /// <summary>What must follow each time it has become ready.</summary>
    public Func<CancellationToken, Task> Then { get; init; } = _ => Task.CompletedTask;

    /// <summary>The user it runs as; 0 is root.</summary>
    public uint User { get; init; }

    public IReadOnlyList<string> CommandLine => User == 0
        ? Words
        : ["setpriv", "--reuid", $"{User}", "--regid", $"{User}", "--clear-groups", "--no-new-privs", "--bounding-set=-all", .. Words];
}
