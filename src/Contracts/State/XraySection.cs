using System.Text.Json.Serialization;

namespace MeshMcp.Contracts.State;

/// <summary>Xray (or v2ray) in containers of this node.</summary>
public sealed record XraySection
{
    /// <summary>Where users come in.</summary>
    public XrayServer? Server { get; init; }
    /// <summary>Where their traffic leaves the mesh.</summary>
    public XrayExit? Exit { get; init; }
}

public enum XrayProgram { Xray, V2ray }

/// <summary>Ingress: users come in by VLESS or VMess and leave by a VLESS outbound to the exit, inside the mesh.</summary>
public sealed record XrayServer
{
    /// <summary>Id of the container it runs in.</summary>
    public required string Container { get; init; }
    public XrayProgram Program { get; set; } = XrayProgram.Xray;
    /// <summary>Public name or address, for share links.</summary>
    public string? Host { get; init; }
    public XrayInbound? Vless { get; init; }
    public XrayInbound? Vmess { get; init; }
    /// <summary>The exit's address and port, <c>10.0.0.102:10086</c>.</summary>
    public required string Exit { get; init; }
    /// <summary><c>secret:NAME</c> of the id that the exit knows this server by.</summary>
    [JsonPropertyName("exit_id")] public string ExitId { get; set; } = "secret:xray-exit-id";
    public IReadOnlyList<XrayUser> Users { get; set; } = [];
}

public enum XraySecurity { None, Tls, Reality }

public sealed record XrayInbound
{
    public required int Port { get; init; }
    public XraySecurity Security { get; set; } = XraySecurity.None;
    /// <summary>TLS: <c>secret:NAME</c> of certificate chain and key in PEM.</summary>
    public string? Certificate { get; init; }
    public string? Key { get; init; }
    [JsonPropertyName("server_name")] public string? ServerName { get; init; }
    /// <summary>REALITY: the site that strangers see, <c>www.example.com:443</c>.</summary>
    public string? Target { get; init; }
    /// <summary>REALITY: <c>secret:NAME</c> of the X25519 private key.</summary>
    [JsonPropertyName("private_key")] public string? PrivateKey { get; init; }
    [JsonPropertyName("public_key")] public string? PublicKey { get; init; }
    [JsonPropertyName("short_ids")] public IReadOnlyList<string> ShortIds { get; set; } = [];
    /// <summary>VLESS flow, <c>xtls-rprx-vision</c>.</summary>
    public string? Flow { get; init; }
}

public sealed record XrayUser
{
    /// <summary>Its name in statistics and share links.</summary>
    public required string Name { get; init; }
    /// <summary><c>secret:NAME</c> of the user's UUID.</summary>
    public required string Id { get; init; }
}

/// <summary>Exit: VLESS in from the mesh, freedom out.</summary>
public sealed record XrayExit
{
    public required string Container { get; init; }
    public XrayProgram Program { get; set; } = XrayProgram.Xray;
    public int Port { get; set; } = 10086;
    /// <summary><c>secret:NAME</c> of the id of the server that comes in.</summary>
    public string Id { get; set; } = "secret:xray-exit-id";
}
