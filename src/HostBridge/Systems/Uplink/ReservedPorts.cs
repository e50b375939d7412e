using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;

namespace MeshMcp.HostBridge.Systems.Uplink;

/// <summary>Ports of the node that must go on reaching the node itself.</summary>
static class ReservedPorts
{
    const int Ssh = 22;

    public static bool Holds(PublishedPort port) => port is { Protocol: "tcp", Port: Ssh or ManagementPaths.Relay };

    public static string Reason(PublishedPort port) => port.Port == Ssh
        ? "tcp/22 is the node's own SSH, and whoever manages the node would land in the container instead. Publish another port with container_port 22."
        : $"tcp/{ManagementPaths.Relay} is the relay's, by which servers reach this node. Publish another port with container_port {ManagementPaths.Relay}.";
}
