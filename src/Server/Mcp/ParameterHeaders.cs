using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;

namespace MeshMcp.Server.Mcp;

/// <summary>Arguments that a tool's schema marks <c>x-mcp-header: NAME</c> are repeated in <c>Mcp-Param-NAME</c>, and must be equal there (2026-07-28).</summary>
static class ParameterHeaders
{
    const string Prefix = "Mcp-Param-", Mark = "x-mcp-header";

    /// <param name="call">A call of the tool that has <paramref name="inputSchema"/>.</param>
    public static Refusal? Check(IHeaderDictionary headers, JsonRpcMessage call, JsonElement inputSchema)
    {
        if (Envelope.Call(call) is not var (_, parameters) || !inputSchema.TryGetProperty("properties", out var properties)) return null;
        var arguments = parameters?["arguments"] as JsonObject;
        foreach (var property in properties.EnumerateObject())
            if (property.Value.ValueKind == JsonValueKind.Object && property.Value.TryGetProperty(Mark, out var name)
                && CheckOne(headers, Prefix + name.GetString(), arguments?[property.Name]) is { } refusal)
                return refusal;
        return null;
    }

    static Refusal? CheckOne(IHeaderDictionary headers, string header, JsonNode? argument)
    {
        if (!headers.TryGetValue(header, out var values))
            return argument is null ? null : Envelope.Mismatch($"{header} is required");
        var given = values.ToString().Trim();
        if (given.Any(c => c is not '\t' and (< ' ' or > '~')) || McpHeaderEncoder.DecodeValue(given) is not { } decoded)
            return Envelope.Mismatch($"{header} is malformed");
        return argument is not null && McpHeaderEncoder.ConvertToHeaderValue(argument) is { } expected && McpHeaderEncoder.DecodeValue(expected) != decoded
            ? Envelope.Mismatch($"{header} differs from the argument")
            : null;
    }
}
