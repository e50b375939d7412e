using System.Net;
using MeshMcp.HostBridge.Network;
using Xunit;

namespace MeshMcp.UnitTests.Network;

public sealed class HostLookTests
{
    [Fact]
    public void The_kernels_table_of_routes_is_read_as_addresses()
    {
        string[] table =
        [
            "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT",
            "d0\t00000000\t0100050A\t0003\t0\t0\t100\t00000000\t0\t0\t0",
            "d0\t0000050A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0",
            "*\t00004D0A\t00000000\t0200\t0\t0\t0\t0000FFFF\t0\t0\t0",
            "",
        ];
        Assert.Equal([new(254, "default", false, "10.5.0.1", "d0", 100), new(254, "10.5.0.0/24", false, null, "d0", 0), new(254, "10.77.0.0/16", true, null, null, 0)], HostLook.RoutesIn(table));
    }

    [Fact]
    public async Task A_look_costs_no_process_unless_it_must_say_who_listens()
    {
        var look = new HostLook(new Listeners(null!));

        var seen = await look.ReadAsync(whoListens: false, TestContext.Current.CancellationToken);

        Assert.Contains($"{IPAddress.Loopback}/8", seen.Device("lo")!.Addresses);
        Assert.Empty(seen.Listeners);
    }
}
