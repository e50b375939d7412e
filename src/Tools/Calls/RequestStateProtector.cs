using System.Buffers.Binary;
using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;

namespace MeshMcp.Tools.Calls;

/// <summary>
/// What a tool must remember while the user is asked travels through the client, so it is signed, bound to the caller and to the request's own
/// parameters, valid for ten minutes and once. The key lives as long as the process.
/// </summary>
public sealed class RequestStateProtector(TimeProvider time)
{
    const int NonceBytes = 16, HeadBytes = NonceBytes + sizeof(long);

    static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    readonly ConcurrentDictionary<string, long> _used = [];

    /// <summary>The request state to send with the question.</summary>
    public string Protect(JsonRpcRequest request, string content)
    {
        var payload = new byte[HeadBytes + Encoding.UTF8.GetByteCount(content)];
        RandomNumberGenerator.Fill(payload.AsSpan(0, NonceBytes));
        BinaryPrimitives.WriteInt64BigEndian(payload.AsSpan(NonceBytes), (time.GetUtcNow() + Lifetime).ToUnixTimeMilliseconds());
        Encoding.UTF8.GetBytes(content, payload.AsSpan(HeadBytes));
        return $"{Base64Url.EncodeToString(payload)}.{Base64Url.EncodeToString(Sign(payload, request))}";
    }

    /// <summary>The content of <paramref name="state"/>; null when it is not ours, was changed, is too old, was used, or belongs to another caller or request.</summary>
    public string? Unprotect(JsonRpcRequest request, string? state)
    {
        if (state?.Split('.') is not [var payloadText, var signatureText]
            || !Base64Url.IsValid(payloadText) || !Base64Url.IsValid(signatureText)) return null;
        var payload = Base64Url.DecodeFromChars(payloadText);
        if (payload.Length < HeadBytes || !CryptographicOperations.FixedTimeEquals(Sign(payload, request), Base64Url.DecodeFromChars(signatureText))) return null;
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var expires = BinaryPrimitives.ReadInt64BigEndian(payload.AsSpan(NonceBytes));
        if (expires <= now) return null;
        foreach (var (nonce, end) in _used)
            if (end <= now) _used.TryRemove(nonce, out _);
        return _used.TryAdd(Convert.ToHexString(payload.AsSpan(0, NonceBytes)), expires) ? Encoding.UTF8.GetString(payload.AsSpan(HeadBytes)) : null;
    }

    byte[] Sign(byte[] payload, JsonRpcRequest request)
    {
        var bound = new StringBuilder().Append(request.Call().CallerName).Append('\n').Append(request.Method).Append('\n');
        foreach (var (name, value) in ((request.Params as JsonObject) ?? []).OrderBy(p => p.Key, StringComparer.Ordinal))
            if (name is not ("_meta" or "inputResponses" or "requestState")) Canonical(bound.Append(name).Append('='), value);
        byte[] signed = [.. payload, .. SHA256.HashData(Encoding.UTF8.GetBytes(bound.ToString()))];
        return HMACSHA256.HashData(_key, signed);
    }

    /// <summary>The same text for the same value, whatever the order of names and the spacing.</summary>
    static void Canonical(StringBuilder text, JsonNode? value)
    {
        switch (value)
        {
            case JsonObject members:
                text.Append('{');
                foreach (var (name, member) in members.OrderBy(m => m.Key, StringComparer.Ordinal))
                {
                    text.Append(JsonValue.Create(name).ToJsonString()).Append(':');
                    Canonical(text, member);
                    text.Append(',');
                }
                text.Append('}');
                break;
            case JsonArray items:
                text.Append('[');
                foreach (var item in items)
                {
                    Canonical(text, item);
                    text.Append(',');
                }
                text.Append(']');
                break;
            default:
                text.Append(value?.ToJsonString() ?? "null");
                break;
        }
    }
}
