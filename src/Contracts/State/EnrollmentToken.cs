using System.Text.Json;

namespace MeshMcp.Contracts.State;

/// <summary>A Netmaker enrollment key as it is handed on: base64 of <c>{"server":"HOST[:PORT]","value":"…"}</c>.</summary>
public static class EnrollmentToken
{
    /// <summary>The server in it, <c>HOST[:PORT]</c>; null when it is no such token.</summary>
    public static string? ServerIn(string? token)
    {
        try
        {
            using var document = JsonDocument.Parse(Convert.FromBase64String(token?.Trim() ?? ""));
            return document.RootElement is { ValueKind: JsonValueKind.Object } root
                && root.TryGetProperty("server", out var server) && server.ValueKind == JsonValueKind.String
                && root.TryGetProperty("value", out var value) && value.ValueKind == JsonValueKind.String ? server.GetString() : null;
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return null;
        }
    }
}
