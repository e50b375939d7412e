using MeshMcp.Tools.Traces;

namespace MeshMcp.Tools.Answers;

partial interface IAnswers
{
    ShownTrace ShownTrace { get; }
}
