namespace MeshMcp.Tools.States;

/// <summary>The sides of a node's state.</summary>
public enum StateSide { Desired, Declared, Observed }
