using System.ComponentModel;
using MeshMcp.Contracts.State;

namespace MeshMcp.Tools.Containers;

/// <summary>A service as create_container takes it.</summary>
public sealed record ServiceArgument(string Name, int Port, string? Protocol = null, IReadOnlyList<string>? Command = null)
{
    internal ContainerService ToService() => new() { Name = Name, Port = Port, Protocol = Protocol ?? "tcp", Command = Command ?? [] };
}

/// <summary>A file as create_container takes it.</summary>
public sealed record FileArgument(string Path, string? Content = null, [property: Description("secret:NAME in place of content")] string? Secret = null, string? Mode = null)
{
    internal ContainerFile ToFile() => new() { Path = Path, Content = Content, Secret = Secret, Mode = Mode };
}
