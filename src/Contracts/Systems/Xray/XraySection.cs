using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using MeshMcp.Contracts.Json;

namespace MeshMcp.Contracts.State;

public sealed partial record NodeState
{
    [JsonPropertyOrder(7)] public XraySection? Xray { get; init; }
}

/// <summary>Xray (or v2ray) in containers of this node.</summary>
public sealed record XraySection : IStateSection
{
    /// <summary>Where users come in.</summary>
    public XrayServer? Server { get; init; }
    /// <summary>Where their traffic leaves the mesh.</summary>
    public XrayExit? Exit { get; init; }

    string? IStateSection.NameOf(string list, JsonNode member) => list == "server.users" ? (string?)member["name"] : null;
}

[JsonConverter(typeof(CamelCase<XrayProgram>))]
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
    /// <summary>The exit's private IPv4 address and port, <c>10.0.0.102:10086</c>. This hop has no encryption of its own: it is inside the mesh.</summary>
    public required string Exit { get; init; }
    /// <summary><c>secret:NAME</c> of the id that the exit knows this server by.</summary>
    [JsonPropertyName("exit_id")] public string ExitId { get; set; } = "secret:xray-exit-id";
    /// <summary>Each may come in by VLESS and by VMess.</summary>
    public IReadOnlyList<XrayUser> Users { get; set; } = [];
}

/// <summary>Of what the user sends. <see cref="Reality"/> only with program <c>xray</c> and VLESS.</summary>
[JsonConverter(typeof(CamelCase<XraySecurity>))]
public enum XraySecurity { None, Tls, Reality }

public sealed record XrayInbound
{
    public required int Port { get; init; }
    public XraySecurity Security { get; set; } = XraySecurity.None;
    /// <summary>TLS: <c>secret:NAME</c> of the certificate chain in PEM.</summary>
    public string? Certificate { get; init; }
    /// <summary>TLS: <c>secret:NAME</c> of the certificate's key in PEM.</summary>
    public string? Key { get; init; }
    /// <summary>TLS: the name in the certificate; the server's host unless given. REALITY: the name that users ask for, the target's unless given.</summary>
    [JsonPropertyName("server_name")] public string? ServerName { get; init; }
    /// <summary>REALITY: the site that strangers see, <c>www.example.com:443</c>.</summary>
    public string? Target { get; init; }
    /// <summary>REALITY: <c>secret:NAME</c> of the X25519 private key.</summary>
    [JsonPropertyName("private_key")] public string? PrivateKey { get; init; }
    /// <summary>REALITY: its public key, for share links.</summary>
    [JsonPropertyName("public_key")] public string? PublicKey { get; init; }
    /// <summary>REALITY: each an even number of hexadecimal digits, 16 at most; the first goes into share links.</summary>
    [JsonPropertyName("short_ids")] public IReadOnlyList<string> ShortIds { get; set; } = [];
    /// <summary>VLESS flow, <c>xtls-rprx-vision</c>; only with program <c>xray</c> and TLS or REALITY.</summary>
    public string? Flow { get; init; }
}

public sealed record XrayUser
{
    /// <summary>Its name in statistics and share links: 1 to 48 lower-case letters, digits and dashes, a letter or digit first.</summary>
    public required string Name { get; init; }
    /// <summary><c>secret:NAME</c> of the user's UUID; <c>secret:xray-user-</c> and the name unless given.</summary>
    public string? Id { get; init; }

    [JsonIgnore] public string IdReference => Id ?? SecretReference.Of("xray-user-" + Name);
}

/// <summary>Exit: VLESS in from the mesh, freedom out.</summary>
public sealed record XrayExit
{
    public required string Container { get; init; }
    public XrayProgram Program { get; set; } = XrayProgram.Xray;
    public int Port { get; set; } = 10086;
    /// <summary><c>secret:NAME</c> of the id of the server that comes in.</summary>
    public string Id { get; set; } = "secret:xray-exit-id";
    /// <summary>Private networks that users may reach all the same, <c>10.0.0.100/32</c>; the others are refused, so that a user is no guest in the mesh.</summary>
    [JsonPropertyName("allowed_networks")] public IReadOnlyList<string> AllowedNetworks { get; set; } = [];
}
