namespace MeshMcp.Tools;

/// <summary>Tools that are shown or left out together: fewer tools are better chosen.</summary>
/// <param name="Default">Shown unless the operator names the toolsets.</param>
sealed record Toolset(string Name, bool Default, IReadOnlyList<Delegate> Tools);
