using MeshMcp.Contracts.Trust;
using MeshMcp.Tools.Calls;

namespace MeshMcp.UnitTests.Tools;

sealed class FakeCall : ICallContext
{
    public string CallerName => "alice";
    public IReadOnlyList<Scope> Scopes => [Scope.Read, Scope.Operate];
    public IReadOnlyList<string>? Nodes { get; init; }
    public TimeSpan ConnectionAge { get => Ages.TryDequeue(out var age) ? age : field; init; }

    /// <summary>The first ones told, in seconds.</summary>
    public Queue<TimeSpan> Ages { get; } = [];

    public bool IsLocal { get; init; }
    public bool Closes { get; private set; }

    public void CloseAfterAnswer() => Closes = true;
}
