using MeshMcp.Tools.Diagnosis;

namespace MeshMcp.Tools.Answers;

partial interface IAnswers
{
    ShownCheckup ShownCheckup { get; }
    ShownPorts ShownPorts { get; }
    ShownEvents ShownEvents { get; }
    ShownAudit ShownAudit { get; }
}
