using MeshMcp.HostBridge.Systems.Wireguard;
using Xunit;

namespace MeshMcp.UnitTests.Wireguard;

public sealed class WarpProfileTests
{
    static readonly string Wgcf = $"""
        [Interface]
        PrivateKey = {Keys.Of(1)}
        Address = 172.16.0.2/32, 2606:4700:110:8765::1/128
        DNS = 1.1.1.1, 1.0.0.1, 2606:4700:4700::1111
        MTU = 1280
        [Peer]
        PublicKey = {Keys.Of(2)}
        AllowedIPs = 0.0.0.0/0, ::/0
        Endpoint = engage.cloudflareclient.com:2408
        """;

    [Fact]
    public void A_profile_of_wgcf_is_read_and_what_is_left_out_is_said()
    {
        var profile = WarpProfile.Read(Wgcf, out var fault);

        Assert.Null(fault);
        Assert.Equal(new(Keys.Of(1)), profile!.PrivateKey);
        Assert.Equal(("172.16.0.2/32", 1280, "engage.cloudflareclient.com:2408"), (profile.Address, profile.Mtu, profile.Peer.EndpointText));
        Assert.Equal(["0.0.0.0/0"], profile.Peer.AllowedIps);
        Assert.Equal(3, profile.Skipped.Count);
        Assert.Contains(profile.Skipped, s => s.StartsWith("DNS ", StringComparison.Ordinal));
        Assert.Contains(profile.Skipped, s => s.Contains("::/0", StringComparison.Ordinal));
    }

    [Fact]
    public void Older_profiles_give_addresses_one_a_line_and_keys_in_any_case()
    {
        var profile = WarpProfile.Read(Wgcf.Replace("Address = 172.16.0.2/32, ", "address = 172.16.0.2/32\nADDRESS = ", StringComparison.Ordinal).Replace("\n", "\r\n", StringComparison.Ordinal) + "\r\n# a comment", out var fault);

        Assert.Null(fault);
        Assert.Equal("172.16.0.2/32", profile!.Address);
    }

    [Theory]
    [InlineData("PostUp = iptables -F", "PostUp runs a program")]
    [InlineData("predown = rm -rf /", "predown runs a program")]
    [InlineData("Table = auto", "Table may only be off")]
    [InlineData("SaveConfig = true", "this key is not known here")]
    [InlineData("MTU = 1280\nMTU = 1300", "MTU a second time")]
    [InlineData("MTU = many", "MTU is no number")]
    [InlineData("nonsense", "no \"Key = value\"")]
    [InlineData("[Server]", "only [Interface] and [Peer]")]
    public void A_line_that_is_not_understood_is_named(string line, string reason)
    {
        var text = Wgcf.Replace("MTU = 1280\n", "", StringComparison.Ordinal).Replace("[Peer]", $"{line}\n[Peer]", StringComparison.Ordinal);

        Assert.Null(WarpProfile.Read(text, out var fault));

        Assert.Contains(reason, fault);
    }

    [Theory]
    [InlineData("", "PrivateKey is missing")]
    [InlineData("PrivateKey = c2hvcnQ=", "PrivateKey is no key")]
    [InlineData("Endpoint = engage.cloudflareclient.com", "Endpoint is no name")]
    [InlineData("Endpoint = [2606:4700:d0::a29f:c001]:2408", "Endpoint is no name")]
    [InlineData("Address = 2606:4700:110:8765::1/128", "Address has no IPv4 address")]
    [InlineData("Address = 172.16.0.2/32, 172.16.0.3/32", "Address has 2 IPv4 addresses")]
    [InlineData("AllowedIPs = 0.0.0.0/33", "AllowedIPs has an entry")]
    public void A_value_that_does_not_fit_is_named_and_never_quoted(string line, string reason)
    {
        var key = line.Length == 0 ? "PrivateKey" : line.Split(' ')[0];
        var text = string.Join('\n', Wgcf.Split('\n').Select(l => l.StartsWith(key + " ", StringComparison.Ordinal) ? line : l));

        Assert.Null(WarpProfile.Read(text, out var fault));

        Assert.Contains(reason, fault);
        Assert.DoesNotContain("c2hvcnQ=", fault);
    }

    [Fact]
    public void A_secret_key_never_prints_itself()
    {
        var profile = WarpProfile.Read(Wgcf, out _)!;

        Assert.DoesNotContain(Keys.Of(1), profile.ToString());
        Assert.DoesNotContain(Keys.Of(1), new DeviceConfig("warp0", profile.PrivateKey, null, profile.Address, 1280, [profile.Peer]).ToString());
    }

    [Theory]
    [InlineData("ovs-vsctl add-port mesh warp0", true)]
    [InlineData("ovs-vsctl --may-exist add-port mesh %i", true)]
    [InlineData("ovs-vsctl add-port mesh warp0; reboot", false)]
    [InlineData("ovs-vsctl add-port other warp0", false)]
    [InlineData("ovs-vsctl add-port mesh eth0", false)]
    [InlineData("ovs-vsctl add-port mesh warp0 -- set bridge mesh fail_mode=standalone", false)]
    [InlineData("iptables -t nat -A POSTROUTING -o warp0 -j MASQUERADE", false)]
    public void A_hook_may_only_attach_the_tunnel(string text, bool accepted) => Assert.Equal(accepted, TunnelHook.FaultOfUp(text, "mesh", "warp0") is null);

    [Theory]
    [InlineData("ovs-vsctl del-port mesh warp0", true)]
    [InlineData("ovs-vsctl --if-exists del-port warp0", true)]
    [InlineData("ovs-vsctl del-br mesh", false)]
    public void A_hook_before_the_end_may_only_detach_it(string text, bool accepted) => Assert.Equal(accepted, TunnelHook.FaultOfDown(text, "mesh", "warp0") is null);
}
