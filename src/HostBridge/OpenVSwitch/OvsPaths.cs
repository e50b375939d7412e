namespace MeshMcp.HostBridge.OpenVSwitch;

/// <summary>Where the Open vSwitch of this node keeps its sockets.</summary>
/// <param name="DbSocket">ovsdb-server's JSON-RPC socket.</param>
/// <param name="RunDirectory">Folder with <c>BRIDGE.mgmt</c> sockets and <c>ovs-vswitchd.pid</c>.</param>
public sealed record OvsPaths(string DbSocket, string RunDirectory)
{
    public static readonly OvsPaths Default = new("/run/openvswitch/db.sock", "/run/openvswitch");
}
