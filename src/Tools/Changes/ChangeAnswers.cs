using MeshMcp.Tools.Changes;

namespace MeshMcp.Tools.Answers;

partial interface IAnswers
{
    ChangeReport ChangeReport { get; }
    ChangePage ChangePage { get; }
}
