using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Systems.Xray;

/// <summary>Share links that clients of Xray and v2ray import: <c>vless://</c> as a URL, <c>vmess://</c> as JSON in base64. Pure.</summary>
public static class ShareLinks
{
    static readonly JsonSerializerOptions OneLine = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>One for each way in; none while the server's public name or address is not known.</summary>
    /// <param name="id">The user's UUID.</param>
    /// <param name="label">What clients show.</param>
    public static IReadOnlyList<XrayLink> Of(XrayServer server, string id, string label)
    {
        if (server.Host is not { } host) return [];
        var links = new List<XrayLink>();
        if (server.Vless is { } vless) links.Add(new("vless", Vless(vless, host, id, label)));
        if (server.Vmess is { } vmess) links.Add(new("vmess", Vmess(vmess, host, id, label)));
        return links;
    }

    /// <summary>The name that a client asks for in its TLS or REALITY greeting.</summary>
    public static string NameFor(XrayInbound inbound, string? host = null) =>
        inbound.ServerName ?? (inbound.Security == XraySecurity.Reality ? inbound.Target![..inbound.Target!.LastIndexOf(':')] : host) ?? "";

    static string Vless(XrayInbound inbound, string host, string id, string label)
    {
        var query = new List<(string Key, string Value)> { ("type", "tcp"), ("encryption", "none"), ("security", inbound.Security.ToString().ToLowerInvariant()) };
        if (inbound.Security != XraySecurity.None)
        {
            query.Add(("sni", NameFor(inbound, host)));
            query.Add(("fp", "chrome"));
        }
        if (inbound.Security == XraySecurity.Reality)
        {
            query.Add(("pbk", inbound.PublicKey!));
            query.Add(("sid", inbound.ShortIds is [var first, ..] ? first : ""));
            query.Add(("spx", "/"));
        }
        if (inbound.Flow is { } flow) query.Add(("flow", flow));
        return $"vless://{id}@{Bracketed(host)}:{inbound.Port}?{string.Join('&', query.Select(q => $"{q.Key}={Uri.EscapeDataString(q.Value)}"))}#{Uri.EscapeDataString(label)}";
    }

    static string Vmess(XrayInbound inbound, string host, string id, string label)
    {
        var tls = inbound.Security == XraySecurity.Tls;
        var link = new JsonObject
        {
            ["v"] = "2",
            ["ps"] = label,
            ["add"] = host,
            ["port"] = $"{inbound.Port}",
            ["id"] = id,
            ["aid"] = "0",
            ["scy"] = "auto",
            ["net"] = "tcp",
            ["type"] = "none",
            ["host"] = "",
            ["path"] = "",
            ["tls"] = tls ? "tls" : "",
            ["sni"] = tls ? NameFor(inbound, host) : "",
        };
        return "vmess://" + Convert.ToBase64String(Encoding.UTF8.GetBytes(link.ToJsonString(OneLine)));
    }

    static string Bracketed(string host) => IPAddress.TryParse(host, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{host}]" : host;
}
