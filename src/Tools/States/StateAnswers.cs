using MeshMcp.Tools.States;

namespace MeshMcp.Tools.Answers;

partial interface IAnswers
{
    ShownState ShownState { get; }
    PlanReport PlanReport { get; }
    StateSide StateSide { get; }
}
