using MeshMcp.Tools.Setup;

namespace MeshMcp.Tools.Answers;

partial interface IAnswers
{
    ShownTemplates ShownTemplates { get; }
    ShownSecrets ShownSecrets { get; }
    ShownInvitation ShownInvitation { get; }
}
