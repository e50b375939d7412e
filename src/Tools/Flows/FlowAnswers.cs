using MeshMcp.Tools.Flows;

namespace MeshMcp.Tools.Answers;

partial interface IAnswers
{
    FlowPage FlowPage { get; }
}
