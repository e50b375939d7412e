using System.Buffers;
using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Store;

/// <summary>Puts the names of secrets in the place of their values, in whatever form a program says them. Pure.</summary>
/// <remarks>
/// Looked for are the whole value, what in it is a key by its own words (<c>PrivateKey = …</c>, <c>"password": "…"</c>) and each line of a longer one; of each the
/// text, its base64, base64url, URL-encoded and JSON-escaped forms, and a key's other spellings. Letters' case does not count.
/// </remarks>
public sealed partial class SecretMask
{
    /// <summary>Characters: less is found by chance.</summary>
    public const int Least = 8, LeastLine = 16;

    const int KeyBytes = 32;

    /// <summary>A state is given back as it is.</summary>
    const string State = "state";

    /// <summary>Fields of answers with words of the wire, which clients read as such.</summary>
    static readonly HashSet<string> _words = ["$type", "kind", "status", "system", "systems", "effect", "mode", "view", "scope", "section", "digest", "revision", "hash", "previous"];

    /// <summary>The longest first.</summary>
    readonly (string Form, string Name)[] _forms;
    readonly SearchValues<string> _any;

    /// <param name="secrets">Names and values.</param>
    public SecretMask(IEnumerable<(string Name, string Value)> secrets)
    {
        _forms = [.. from secret in secrets
                     from part in PartsOf(secret.Value).SelectMany(AsKept).Distinct()
                     from form in FormsOf(part)
                     where form.Length >= Least
                     group SecretReference.Of(secret.Name) by form into same
                     orderby same.Key.Length descending, same.Key
                     select (same.Key, same.First())];
        _any = SearchValues.Create([.. _forms.Select(f => f.Form)], StringComparison.OrdinalIgnoreCase);
    }

    public string Mask(string text) =>
        !text.AsSpan().ContainsAny(_any) ? text : _forms.Aggregate(text, (masked, f) => masked.Replace(f.Form, f.Name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The same in all texts of a JSON value, which stays one.</summary>
    public string MaskJson(string json) =>
        // What is escaped shows only when it is read.
        _forms.Length == 0 || (!json.Contains('\\', StringComparison.Ordinal) && !json.AsSpan().ContainsAny(_any)) ? json : Masked(JsonNode.Parse(json))?.ToJsonString() ?? json;

    JsonNode? Masked(JsonNode? node) => node switch
    {
        JsonObject fields => new JsonObject(fields.Select(f => KeyValuePair.Create(f.Key, IsAsItIs(f.Key, f.Value) ? f.Value?.DeepClone() : Masked(f.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Masked)]),
        JsonValue value when value.GetValueKind() == JsonValueKind.String => JsonValue.Create(Mask(value.GetValue<string>())),
        _ => node?.DeepClone(),
    };

    static bool IsAsItIs(string field, JsonNode? value) => value is JsonObject ? field == State : _words.Contains(field) && (value is not JsonArray list || list.All(i => i is JsonValue));

    static IEnumerable<string> PartsOf(string value)
    {
        value = value.Trim();
        yield return value;
        string[] lines = value.Split('\n', StringSplitOptions.TrimEntries);
        if (lines.Length > 1)
            foreach (var line in lines.Where(l => l.Length >= LeastLine && !l.StartsWith("-----", StringComparison.Ordinal))) yield return line;
        foreach (Match named in Named().Matches(value)) yield return named.Groups["part"].Value;
        // A token that says in base64 what it is made of.
        if (Decoded(value) is not [(byte)'{', ..] bytes) yield break;
        var text = Encoding.UTF8.GetString(bytes);
        yield return text;
        foreach (Match named in Named().Matches(text)) yield return named.Groups["part"].Value;
    }

    static IEnumerable<string> FormsOf(string part)
    {
        string[] spelled = [part, part.TrimEnd('='), .. SpellingsOf(part), .. Base64Of(Encoding.UTF8.GetBytes(part)), Uri.EscapeDataString(part), WebUtility.UrlEncode(part)];
        return spelled.SelectMany(s => new[] { s, JavaScriptEncoder.Default.Encode(s), JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(s) }).Distinct(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>As other programs write the same key or id.</summary>
    static IEnumerable<string> SpellingsOf(string part) =>
        Guid.TryParseExact(part, "D", out var id) ? [id.ToString("N")]
        : Decoded(part) is { Length: KeyBytes } key ? [.. Base64Of(key), Convert.ToHexStringLower(key)]
        : [];

    /// <summary>What may be a private key, also with the bits fixed that its program fixes.</summary>
    static IEnumerable<string> AsKept(string part) => Decoded(part) is { Length: KeyBytes } key ? [part, Convert.ToBase64String(Clamped(key))] : [part];

    /// <summary>As programs keep a private key of X25519: some bits of it are fixed.</summary>
    static byte[] Clamped(byte[] key) => [(byte)(key[0] & 0b1111_1000), .. key[1..^1], (byte)((key[^1] & 0b0111_1111) | 0b0100_0000)];

    /// <summary>Also as it begins when more comes after it.</summary>
    static IEnumerable<string> Base64Of(byte[] bytes)
    {
        var all = Convert.ToBase64String(bytes);
        string[] both = [all.TrimEnd('='), all[..(bytes.Length / 3 * 4)]];
        return [all, .. both, .. both.Select(b => b.Replace('+', '-').Replace('/', '_'))];
    }

    static byte[]? Decoded(string text)
    {
        var plain = text.Replace('-', '+').Replace('_', '/').TrimEnd('=');
        var bytes = new byte[plain.Length];
        return Convert.TryFromBase64String(plain.PadRight((plain.Length + 3) / 4 * 4, '='), bytes, out var length) ? bytes[..length] : null;
    }

    [GeneratedRegex(@"(?<!public[ _-]?)(key|secret|passw[a-z]*|passphrase|token|value)[""']?\s*[:=]\s*[""']?(?<part>[^\s""',;]{8,})", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Named();
}
