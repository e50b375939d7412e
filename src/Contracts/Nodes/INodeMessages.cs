namespace MeshMcp.Contracts.Nodes;

/// <summary>
/// What systems send and take besides states, edits and plans. Each declares its own in its folder: the generator of <see cref="Json.MeshJson"/> walks these
/// properties, as it reads attributes of one declaration of a context only. Nothing implements it.
/// </summary>
public partial interface INodeMessages;
