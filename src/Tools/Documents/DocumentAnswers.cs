using MeshMcp.Tools.Documents;

namespace MeshMcp.Tools.Answers;

partial interface IAnswers
{
    ShownSchema ShownSchema { get; }
    ShownVerdict ShownVerdict { get; }
    ShownDifferences ShownDifferences { get; }
    ShownEdits ShownEdits { get; }
}
