using MeshMcp.Tools.Nodes;

namespace MeshMcp.Tools;

/// <summary>Tools that are shown or left out together: fewer tools are better chosen. A class of tools registers its own when the program starts, and nothing else names it.</summary>
/// <param name="Name">May be another class's too.</param>
/// <param name="Place">Among all that are listed, lower ones first.</param>
/// <param name="OnRequest">What its tools are for, in a few words, where only a client that asks for them sees them; null: all clients do, unless the operator names the toolsets.</param>
sealed record Toolset(string Name, int Place, Func<INodes, IReadOnlyList<Delegate>> Tools, string? OnRequest = null)
{
    static readonly List<Toolset> Registered = [];

    public bool Default => OnRequest is null;

    public static IReadOnlyList<Toolset> All => [.. Registered.OrderBy(t => t.Place)];

    public static void Register(Toolset toolset) => Registered.Add(toolset);
}
