using MeshMcp.Tools.Nodes;

namespace MeshMcp.Tools.Answers;

partial interface IAnswers
{
    NodeList NodeList { get; }
}
