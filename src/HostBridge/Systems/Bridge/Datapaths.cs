using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Systems.Bridge;

static class Datapaths
{
    public static string Of(Datapath datapath) => datapath == Datapath.Netdev ? "netdev" : "system";
}
