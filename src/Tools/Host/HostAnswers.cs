using MeshMcp.Contracts.State;
using MeshMcp.Tools.Host;

namespace MeshMcp.Tools.Answers;

partial interface IAnswers
{
    ShownUnits ShownUnits { get; }
    ShownPackages ShownPackages { get; }
    Ensure Ensure { get; }
}
