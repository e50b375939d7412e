using System.Text;
using System.Text.Json.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Systems.Xray;
using Xunit;

namespace MeshMcp.UnitTests.Xray;

public sealed class ShareLinkTests
{
    [Fact]
    public void A_plain_server_gives_a_VLESS_and_a_VMess_link()
    {
        var links = ShareLinks.Of(Sections.V2rayServer, Sections.AliceId, "alice@vps");

        Assert.Equal(["vless", "vmess"], links.Select(l => l.Protocol));
        Assert.Equal($"vless://{Sections.AliceId}@203.0.113.10:443?type=tcp&encryption=none&security=none#alice%40vps", links[0].Link);
        var vmess = JsonNode.Parse(Encoding.UTF8.GetString(Convert.FromBase64String(links[1].Link["vmess://".Length..])))!.AsObject();
        Assert.Equal("""{"v":"2","ps":"alice@vps","add":"203.0.113.10","port":"8443","id":"11111111-1111-4111-8111-111111111111","aid":"0","scy":"auto","net":"tcp","type":"none","host":"","path":"","tls":"","sni":""}""", vmess.ToJsonString());
    }

    [Fact]
    public void REALITY_puts_all_that_a_client_needs_into_the_link_percent_encoded()
    {
        var link = Assert.Single(ShareLinks.Of(Sections.RealityServer, Sections.AliceId, "a b/ü#")).Link;

        Assert.Equal($"vless://{Sections.AliceId}@vps.example:443?type=tcp&encryption=none&security=reality&sni=www.example.com&fp=chrome"
            + "&pbk=cHVibGljLWtleS1vZi10aGlydHktdHdvLWJ5dGVzISE&sid=0123456789abcdef&spx=%2F&flow=xtls-rprx-vision#a%20b%2F%C3%BC%23", link);
        Assert.Equal("www.example.com", new Uri(link).Query.Split("sni=")[1].Split('&')[0]);
    }

    [Fact]
    public void TLS_names_the_certificate_and_an_IPv6_address_is_bracketed()
    {
        var tls = new XrayInbound { Port = 8443, Security = XraySecurity.Tls, Certificate = "secret:a", Key = "secret:b", ServerName = "vps.example" };
        var links = ShareLinks.Of(Sections.V2rayServer with { Host = "2001:db8::1", Vless = tls with { Port = 443 }, Vmess = tls }, Sections.AliceId, "a");

        Assert.StartsWith($"vless://{Sections.AliceId}@[2001:db8::1]:443?type=tcp&encryption=none&security=tls&sni=vps.example&fp=chrome#a", links[0].Link, StringComparison.Ordinal);
        Assert.Contains("\"tls\":\"tls\",\"sni\":\"vps.example\"", Encoding.UTF8.GetString(Convert.FromBase64String(links[1].Link["vmess://".Length..])));
    }

    [Fact]
    public void Without_a_public_name_there_are_no_links() => Assert.Empty(ShareLinks.Of(Sections.V2rayServer with { Host = null }, Sections.AliceId, "a"));
}
