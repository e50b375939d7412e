namespace MeshMcp.Contracts.Trust;

/// <summary>What the holder of a certificate is. A relay lets only servers in; a server talks only to nodes.</summary>
public enum MeshRole
{
    Server,
    Node,
}
