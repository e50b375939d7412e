namespace MeshMcp.HostBridge.Wire;

/// <summary>Requests that a system or another part of the node answers beside the engine's own.</summary>
public interface INodeRoutes
{
    void Map(NodeRoutes routes);
}
