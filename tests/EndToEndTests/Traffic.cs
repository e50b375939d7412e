using System.Diagnostics;
using MeshMcp.TestKit;

namespace MeshMcp.EndToEndTests;

/// <summary>Packets of the lab as people and programs send them.</summary>
static class Traffic
{
    public const string Web = "198.18.80.80", WebName = "web.example", Warp = "client=198.18.0.2", Uplink = "client=203.0.113.10";

    static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    /// <summary>What a container gets over plain HTTP; empty when nothing comes.</summary>
    public static async Task<string> GetFromContainerAsync(this LabFixture fixture, string node, string container, string address, int port = 80, int patience = 4)
    {
        var output = await fixture.Lab.In(node, "lxc-attach", "-n", container, "--", "/bin/busybox", "sh", "-c", $"printf 'GET / HTTP/1.0\\r\\n\\r\\n' | /bin/busybox nc -w {patience} {address} {port}").RunAsync();
        return output.Text;
    }

    public static async Task<string> GetFromUserAsync(this LabFixture fixture, string url, params IReadOnlyList<string> options) =>
        (await fixture.Lab.In("user", ["curl", "-s", "-k", "-m", "20", .. options, url]).RunAsync()).Text;

    public static async Task<bool> PingsAsync(this LabFixture fixture, string node, string container, string address) =>
        (await fixture.Lab.In(node, "lxc-attach", "-n", container, "--", "/bin/busybox", "ping", "-c", "1", "-W", "1", address).RunAsync()).ExitCode == 0;

    /// <summary>The user's own v2ray, a SOCKS proxy on the port, as the share link says.</summary>
    /// <param name="protocol"><c>vless</c> or <c>vmess</c>.</param>
    public static async Task<Process> ProxyAsync(this LabFixture fixture, string protocol, string id, int port)
    {
        var user = protocol == "vless" ? $$"""{"id":"{{id}}","encryption":"none"}""" : $$"""{"id":"{{id}}","alterId":0,"security":"auto"}""";
        var configuration = $$$"""
            {"log":{"loglevel":"warning"},
             "inbounds":[{"port":{{{port}}},"listen":"127.0.0.1","protocol":"socks","settings":{"udp":false}}],
             "outbounds":[{"protocol":"{{{protocol}}}","settings":{"vnext":[{"address":"203.0.113.10","port":{{{(protocol == "vless" ? 443 : 8443)}}},"users":[{{{user}}}] } ] },
               "streamSettings":{"network":"tcp","security":"tls","tlsSettings":{"serverName":"vps.example","allowInsecure":true} } } ] }
            """;
        var process = fixture.Lab.In("user", "v2ray", "-config", "stdin:").Start();
        await process.StandardInput.WriteAsync(configuration);
        process.StandardInput.Close();
        await Eventually.True(async () => (await fixture.GetFromUserAsync($"http://{Web}/", "--socks5-hostname", $"127.0.0.1:{port}")).Length > 0, Soon, $"the user's {protocol} proxy answers");
        return process;
    }

    /// <summary>The id that the node gave a user of its Xray server.</summary>
    public static async Task<string> XrayIdAsync(this LabFixture fixture, string user)
    {
        var links = await fixture.Lab.In("vps", "env", "meshctl", "xray", "links", user).TextAsync();
        return links.Split('\n').First(l => l.StartsWith("vless://", StringComparison.Ordinal))["vless://".Length..].Split('@')[0];
    }

    /// <summary>Counts the packets that pass while <paramref name="during"/> runs.</summary>
    public static async Task<int> CaptureAsync(this LabFixture fixture, string place, string device, string filter, Func<Task> during)
    {
        using var capture = fixture.Lab.In(place, "tcpdump", "-n", "-l", "--immediate-mode", "-i", device, filter).Start();
        await Eventually.True(async () => (await capture.StandardError.ReadLineAsync())?.Contains("listening") == true, Soon, "the capture listens");
        await during();
        capture.Kill();
        return (await capture.StandardOutput.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;
    }
}
