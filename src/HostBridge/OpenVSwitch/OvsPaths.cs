namespace MeshMcp.HostBridge.OpenVSwitch;

/// <summary>Where the Open vSwitch of this node keeps its sockets.</summary>
/// <param name="DbSocket">ovsdb-server's JSON-RPC socket.</param>
/// <param name="RunDirectory">Folder with <c>BRIDGE.mgmt</c> sockets and <c>ovs-vswitchd.pid</c>.</param>
public sealed record OvsPaths(string DbSocket, string RunDirectory)
{
    /// <summary>Where Open vSwitch itself looks: <c>OVS_RUNDIR</c>, else <c>/run/openvswitch</c>.</summary>
    public static readonly OvsPaths Default = In(Environment.GetEnvironmentVariable("OVS_RUNDIR") is { Length: > 0 } folder ? folder : "/run/openvswitch");

    static OvsPaths In(string folder) => new(Path.Combine(folder, "db.sock"), folder);
}
