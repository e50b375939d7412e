using MeshMcp.Tools.Containers;

namespace MeshMcp.Tools.Answers;

partial interface IAnswers
{
    ShownContainers ShownContainers { get; }
    ShownExec ShownExec { get; }
    ContainerState ContainerState { get; }
    IReadOnlyList<ServiceArgument> Services { get; }
    IReadOnlyList<FileArgument> Files { get; }
}
