namespace MeshMcp.Contracts.Nodes;

/// <summary>An answer that is asked for the secret in it. In all others a secret's name stands in the place of its value.</summary>
public interface IRevealed;
