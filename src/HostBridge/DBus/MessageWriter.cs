using System.Buffers;
using System.Buffers.Binary;
using System.Collections;
using System.Globalization;
using System.Text;

namespace MeshMcp.HostBridge.DBus;

/// <summary>Writes values as the bytes of a message, little-endian.</summary>
/// <remarks>Throws <see cref="ArgumentException"/> for a value that does not fit its type.</remarks>
public sealed class MessageWriter
{
    readonly ArrayBufferWriter<byte> _bytes = new(256);
    readonly List<(int At, uint Value)> _patches = [];

    public int Length => _bytes.WrittenCount;

    /// <param name="signature">Complete types, as many as values.</param>
    public void Values(string signature, IReadOnlyList<object> values)
    {
        var at = 0;
        foreach (var value in values)
        {
            var end = TypeSignature.End(signature, at);
            Value(signature.AsSpan(at, end - at), value);
            at = end;
        }
        if (at != signature.Length) throw new ArgumentException($"'{signature}' has more types than there are values", nameof(values));
    }

    public void Byte(byte value) => _bytes.Write([value]);

    public void Number(uint value)
    {
        Align(4);
        BinaryPrimitives.WriteUInt32LittleEndian(Take(4), value);
    }

    public void Align(int to) => Take(-Length & (to - 1)).Clear();

    public void Signature(string signature)
    {
        TypeSignature.Check(signature);
        Byte((byte)signature.Length);
        Encoding.ASCII.GetBytes(signature, Take(signature.Length));
        Byte(0);
    }

    /// <summary>The number at <paramref name="at"/>, which was not known when it was written.</summary>
    void Patch(int at, uint value) => _patches.Add((at, value));

    public byte[] ToArray()
    {
        var all = _bytes.WrittenSpan.ToArray();
        foreach (var (at, value) in _patches) BinaryPrimitives.WriteUInt32LittleEndian(all.AsSpan(at), value);
        return all;
    }

    public void Value(ReadOnlySpan<char> type, object value)
    {
        try
        {
            Write(type, value);
        }
        catch (Exception e) when (e is InvalidCastException or OverflowException or FormatException)
        {
            throw new ArgumentException($"{value.GetType().Name} does not fit type '{type}'", nameof(value), e);
        }
    }

    void Write(ReadOnlySpan<char> type, object value)
    {
        switch (type[0])
        {
            case 'y': Byte(Convert.ToByte(value, CultureInfo.InvariantCulture)); break;
            case 'b': Number((bool)value ? 1u : 0); break;
            case 'n': Align(2); BinaryPrimitives.WriteInt16LittleEndian(Take(2), Convert.ToInt16(value, CultureInfo.InvariantCulture)); break;
            case 'q': Align(2); BinaryPrimitives.WriteUInt16LittleEndian(Take(2), Convert.ToUInt16(value, CultureInfo.InvariantCulture)); break;
            case 'i': Align(4); BinaryPrimitives.WriteInt32LittleEndian(Take(4), Convert.ToInt32(value, CultureInfo.InvariantCulture)); break;
            case 'u': Number(Convert.ToUInt32(value, CultureInfo.InvariantCulture)); break;
            case 'x': Align(8); BinaryPrimitives.WriteInt64LittleEndian(Take(8), Convert.ToInt64(value, CultureInfo.InvariantCulture)); break;
            case 't': Align(8); BinaryPrimitives.WriteUInt64LittleEndian(Take(8), Convert.ToUInt64(value, CultureInfo.InvariantCulture)); break;
            case 'd': Align(8); BinaryPrimitives.WriteDoubleLittleEndian(Take(8), (double)value); break;
            case 's': String((string)value); break;
            case 'o': String(PathOf(value)); break;
            case 'g': Signature((string)value); break;
            case 'v': Variant((Variant)value); break;
            case '(': Structure(type, (IReadOnlyList<object>)value); break;
            case 'a': Array(type[1..], (IEnumerable)value); break;
            default: throw new ArgumentException($"there is no way to send type '{type}'", nameof(type));
        }
    }

    void Variant(Variant variant)
    {
        Signature(variant.Signature);
        if (variant.Signature.Length == 0 || TypeSignature.End(variant.Signature, 0) != variant.Signature.Length) throw new ArgumentException("a variant has exactly one type", nameof(variant));
        Write(variant.Signature, variant.Value);
    }

    void Structure(ReadOnlySpan<char> type, IReadOnlyList<object> fields)
    {
        Align(8);
        var at = 1;
        foreach (var field in fields)
        {
            if (type[at] == ')') throw new ArgumentException("a structure has more fields than its type", nameof(fields));
            var end = TypeSignature.End(type, at);
            Write(type[at..end], field);
            at = end;
        }
        if (type[at] != ')') throw new ArgumentException("a structure has fewer fields than its type", nameof(fields));
    }

    void Array(ReadOnlySpan<char> element, IEnumerable elements)
    {
        Number(0);
        var length = Length - 4;
        Align(TypeSignature.Alignment(element[0]));
        var start = Length;
        if (element[0] == '{')
            foreach (DictionaryEntry entry in (IDictionary)elements)
            {
                Align(8);
                Write(element[1..2], entry.Key);
                Write(element[2..^1], entry.Value!);
            }
        else
            foreach (var one in elements) Write(element, one);
        Patch(length, (uint)(Length - start));
    }

    void String(string text)
    {
        if (text.Contains('\0')) throw new ArgumentException("a string must not have a NUL in it", nameof(text));
        var length = Encoding.UTF8.GetByteCount(text);
        Number((uint)length);
        Encoding.UTF8.GetBytes(text, Take(length));
        Byte(0);
    }

    static string PathOf(object value) => $"{value}" is var path && DBusNames.IsPath(path) ? path : throw new ArgumentException($"'{value}' is no object path", nameof(value));

    Span<byte> Take(int count)
    {
        if (count == 0) return [];
        var taken = _bytes.GetSpan(count)[..count];
        _bytes.Advance(count);
        return taken;
    }
}
