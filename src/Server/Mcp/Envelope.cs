using System.Text.Json.Nodes;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace MeshMcp.Server.Mcp;

/// <summary>
/// The rules of 2026-07-28 about a message and the headers that repeat parts of it. They must agree, so that a proxy may route by headers alone.
/// Messages of the older dialect pass.
/// </summary>
static class Envelope
{
    public const string VersionHeader = "MCP-Protocol-Version", MethodHeader = "Mcp-Method", NameHeader = "Mcp-Name";

    const string VersionKey = "io.modelcontextprotocol/protocolVersion", CapabilitiesKey = "io.modelcontextprotocol/clientCapabilities";

    static readonly IReadOnlyList<string> Removed =
        [RequestMethods.Initialize, RequestMethods.Ping, "logging/setLevel", RequestMethods.ResourcesSubscribe, RequestMethods.ResourcesUnsubscribe];

    /// <summary>Why <paramref name="message"/> must not be processed, or null.</summary>
    public static Refusal? Check(IHeaderDictionary headers, JsonRpcMessage message)
    {
        var version = headers[VersionHeader].ToString();
        if (version.Length > 0 && !ProtocolVersions.IsKnown(version)) return Refusal.UnsupportedVersion(version);
        if (Call(message) is not var (method, parameters)) return null;
        var meta = parameters?["_meta"] as JsonObject;
        var metaVersion = Text(meta, VersionKey);

        if (version != ProtocolVersions.Stateless && metaVersion != ProtocolVersions.Stateless)
            return method == RequestMethods.Initialize && version.Length > 0 && Text(parameters, "protocolVersion") is { } asked && asked != version
                ? Mismatch($"{VersionHeader} is '{version}', params.protocolVersion is '{asked}'")
                : null;

        if (version.Length == 0) return Mismatch($"{VersionHeader} is required");
        if (message is JsonRpcRequest && metaVersion is null) return Missing(VersionKey);
        if (metaVersion is not null && metaVersion != version) return Mismatch($"{VersionHeader} is '{version}', params._meta says '{metaVersion}'");
        if (Differs(headers, MethodHeader, method) is { } methodRefusal) return methodRefusal;
        if (NameOf(method, parameters) is { Named: true } target && Differs(headers, NameHeader, target.Name) is { } nameRefusal) return nameRefusal;
        if (message is not JsonRpcRequest) return null;
        if (meta?[CapabilitiesKey] is not JsonObject) return Missing(CapabilitiesKey);
        return Removed.Contains(method)
            ? new(StatusCodes.Status404NotFound, McpErrorCode.MethodNotFound, $"Method '{method}' does not exist in {ProtocolVersions.Stateless}")
            : null;
    }

    /// <summary>Method and parameters of a request or notification; null for a client's response.</summary>
    public static (string Method, JsonObject? Parameters)? Call(JsonRpcMessage message) => message switch
    {
        JsonRpcRequest request => (request.Method, request.Params as JsonObject),
        JsonRpcNotification notification => (notification.Method, notification.Params as JsonObject),
        _ => null,
    };

    public static string? Text(JsonObject? node, string key) => node?[key] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    public static Refusal Mismatch(string what) => new(StatusCodes.Status400BadRequest, McpErrorCode.HeaderMismatch, $"Header mismatch: {what}");

    static Refusal Missing(string key) => new(StatusCodes.Status400BadRequest, McpErrorCode.InvalidParams, $"params._meta must have {key}");

    static (bool Named, string? Name) NameOf(string method, JsonObject? parameters) => method switch
    {
        RequestMethods.ToolsCall or RequestMethods.PromptsGet => (true, Text(parameters, "name")),
        RequestMethods.ResourcesRead => (true, Text(parameters, "uri")),
        _ => default,
    };

    static Refusal? Differs(IHeaderDictionary headers, string header, string? expected)
    {
        var given = headers[header].ToString().Trim();
        if (given.Length == 0) return Mismatch($"{header} is required");
        return McpHeaderEncoder.DecodeValue(given) is { } decoded && decoded == expected ? null : Mismatch($"{header} is '{given}', the body says '{expected}'");
    }
}
