using MeshMcp.Tools.Topology;

namespace MeshMcp.Tools.Answers;

partial interface IAnswers
{
    MeshTopology MeshTopology { get; }
}
