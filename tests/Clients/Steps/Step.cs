using MeshMcp.Clients.Models;

namespace MeshMcp.Clients.Steps;

/// <summary>What a client goes through in one session.</summary>
/// <param name="Calls">Of its model.</param>
sealed record Step(string Name, Func<RealClient, IReadOnlyList<StepCall>> Calls)
{
    /// <summary>What the user says; null: there is no way to it in this client.</summary>
    public Func<RealClient, string?> Says { get; init; } = _ => "go";

    /// <summary>What this client lets nobody have, with what its model reads instead; null: nothing.</summary>
    public Func<RealClient, string?> Limit { get; init; } = _ => null;

    /// <summary>It has the certificate of the mesh's authority.</summary>
    public bool Trusts { get; init; } = true;

    /// <summary>What else is wrong once the session is over; null: nothing.</summary>
    public Func<Session, string?> Wrong { get; init; } = _ => null;

    /// <summary>In characters, where it is not the results.</summary>
    public Func<Session, int> Read { get; init; } = session => session.Characters;

    /// <summary>Leaves the nodes as they were, however the session went.</summary>
    public Func<CancellationToken, Task> Afterwards { get; init; } = _ => Task.CompletedTask;
}
