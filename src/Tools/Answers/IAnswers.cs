namespace MeshMcp.Tools.Answers;

/// <summary>What tools take and answer. Each folder of tools declares its own: the generator of <see cref="ToolJson"/> walks these properties. Nothing implements it.</summary>
partial interface IAnswers;
