using MeshMcp.Contracts.Nodes;
using MeshMcp.HostBridge.Systems.Wireguard;
using Xunit;

namespace MeshMcp.UnitTests.Wireguard;

public sealed class WireguardChecksTests
{
    [Theory]
    [InlineData("warp", "up", Health.Fine)]
    [InlineData("warp", "off", Health.Fine)]
    [InlineData("warp", "never connected", Health.Broken)]
    [InlineData("warp", "silent since 2026-01-02 03:04:05Z", Health.Broken)]
    [InlineData("vpn", "up, no clients yet", Health.Fine)]
    [InlineData("vpn", "up, 0 of 2 clients connected", Health.Fine)]
    [InlineData("vpn", "down", Health.Broken)]
    [InlineData("vpn", "not there; it is being made", Health.Broken)]
    public void A_tunnel_is_judged_by_its_verdict(string role, string verdict, Health health) =>
        Assert.Equal(health, Assert.Single(WireguardChecks.Of(new([new("wg0", role, verdict) { PublicKey = "k" }]))).Health);
}
