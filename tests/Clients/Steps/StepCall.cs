using System.Text.Json.Nodes;
using MeshMcp.Clients.Models;
using MeshMcp.Tasks;

namespace MeshMcp.Clients.Steps;

/// <summary>One call of a step. Texts of arguments may name what an earlier one kept: <c>${name}</c>, or <c>${name:number}</c> for a number.</summary>
/// <param name="Says">What the model reads then, each. It must be so in both forms of an answer: which one the model reads is the client's choice.</param>
sealed record StepCall(ToolName Tool, JsonObject Arguments, params IReadOnlyList<string> Says)
{
    /// <summary>Patterns for what the model reads; the first group is kept.</summary>
    public IReadOnlyDictionary<string, string> Keep { get; init; } = new Dictionary<string, string>();

    /// <summary>Where the model reads this it makes the call again, as it is told to.</summary>
    public string? Again { get; init; }

    /// <summary>What is true on the nodes then.</summary>
    public IReadOnlyList<Look> Looks { get; init; } = [];

    /// <summary>What happens before the model makes the call.</summary>
    public Func<CancellationToken, Task>? Before { get; init; }
}
