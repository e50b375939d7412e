using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MeshMcp.Contracts.State;

/// <summary>A number of bytes: in JSON a number, or a text with a unit (<c>"128M"</c>); 1K is 1024.</summary>
[JsonConverter(typeof(ByteSizeJson))]
public readonly record struct ByteSize(long Bytes)
{
    public const string Form = "a number of bytes, or a text such as 128M (K, M, G, T; 1K is 1024)", Pattern = "^[0-9]{1,15}[KMGT]?(i?B)?$";

    const string Units = "KMGT";

    public static implicit operator ByteSize(long bytes) => new(bytes);

    /// <summary>Null when it is none.</summary>
    public static ByteSize? Read(string text)
    {
        var plain = text.Trim().ToUpperInvariant();
        if (plain.EndsWith('B')) plain = plain[..^1].TrimEnd('I');
        var unit = plain.Length == 0 ? -1 : Units.IndexOf(plain[^1]);
        if (unit >= 0) plain = plain[..^1].TrimEnd();
        if (!long.TryParse(plain, NumberStyles.None, CultureInfo.InvariantCulture, out var count)) return null;
        var shift = (unit + 1) * 10;
        return count <= long.MaxValue >> shift ? new(count << shift) : null;
    }

    /// <summary>In the largest unit that it is a whole number of.</summary>
    public override string ToString()
    {
        var (count, unit) = (Bytes, -1);
        for (; unit < Units.Length - 1 && count != 0 && count % 1024 == 0; unit++) count /= 1024;
        return unit < 0 ? $"{count} bytes" : $"{count}{Units[unit]}";
    }
}

/// <summary>A size as <see cref="ByteSize"/> reads it.</summary>
public sealed class ByteSizeJson : JsonConverter<ByteSize>
{
    public override ByteSize Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        (reader.TokenType == JsonTokenType.String ? ByteSize.Read(reader.GetString()!) : reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var bytes) ? bytes : null)
        ?? throw new JsonException($"A size is {ByteSize.Form}.");

    public override void Write(Utf8JsonWriter writer, ByteSize value, JsonSerializerOptions options) => writer.WriteNumberValue(value.Bytes);
}
