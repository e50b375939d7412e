using MeshMcp.Tools.Xray;

namespace MeshMcp.Tools.Answers;

partial interface IAnswers
{
    ShownXray ShownXray { get; }
    ShownXrayUser ShownXrayUser { get; }
    ShownXrayLinks ShownXrayLinks { get; }
}
