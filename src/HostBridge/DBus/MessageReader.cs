using System.Buffers.Binary;
using System.Text;

namespace MeshMcp.HostBridge.DBus;

/// <summary>Reads values out of the bytes of a message. Whatever the bytes are, it ends, reads none beyond them, and throws nothing but <see cref="DBusFormatException"/>.</summary>
public ref struct MessageReader(ReadOnlySpan<byte> bytes, bool littleEndian)
{
    static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    readonly ReadOnlySpan<byte> _bytes = bytes;

    public int Position { get; private set; }

    /// <param name="signature">Complete types, as many as values.</param>
    public object[] Values(ReadOnlySpan<char> signature)
    {
        TypeSignature.Check(signature);
        var values = new List<object>();
        for (var at = 0; at < signature.Length;)
        {
            var end = TypeSignature.End(signature, at);
            values.Add(Value(signature[at..end], 0));
            at = end;
        }
        return [.. values];
    }

    public byte Byte() => Take(1)[0];

    public uint Number()
    {
        Align(4);
        var four = Take(4);
        return littleEndian ? BinaryPrimitives.ReadUInt32LittleEndian(four) : BinaryPrimitives.ReadUInt32BigEndian(four);
    }

    public void Align(int to)
    {
        foreach (var padding in Take(-Position & (to - 1)))
            if (padding != 0) throw new DBusFormatException("padding is not zero");
    }

    public string Signature()
    {
        var text = Encoding.ASCII.GetString(Take(Byte()));
        End();
        TypeSignature.Check(text);
        return text;
    }

    /// <summary>A variant's content with its type before it.</summary>
    public Variant Variant(int depth = 0)
    {
        var signature = Signature();
        if (signature.Length == 0 || TypeSignature.End(signature, 0) != signature.Length) throw new DBusFormatException("a variant has not exactly one type");
        return new(signature, Value(signature, depth + 1));
    }

    object Value(ReadOnlySpan<char> type, int depth)
    {
        if (depth > TypeSignature.MaxDepth) throw new DBusFormatException("values are nested too deep");
        return type[0] switch
        {
            'y' => Byte(),
            'b' => Number() switch { 0 => false, 1 => true, _ => throw new DBusFormatException("a boolean is neither 0 nor 1") },
            'n' => (short)UInt16(),
            'q' => UInt16(),
            'i' => (int)Number(),
            'u' or 'h' => Number(),
            'x' => (long)UInt64(),
            't' => UInt64(),
            'd' => BitConverter.UInt64BitsToDouble(UInt64()),
            's' => String(),
            'o' => Path(),
            'g' => Signature(),
            'v' => Variant(depth),
            '(' => Structure(type, depth),
            _ => Array(type[1..], depth),
        };
    }

    object[] Structure(ReadOnlySpan<char> type, int depth)
    {
        Align(8);
        var fields = new List<object>();
        for (var at = 1; type[at] != ')';)
        {
            var end = TypeSignature.End(type, at);
            fields.Add(Value(type[at..end], depth + 1));
            at = end;
        }
        return [.. fields];
    }

    object Array(ReadOnlySpan<char> element, int depth)
    {
        var length = Number();
        Align(TypeSignature.Alignment(element[0]));
        if (length > _bytes.Length - Position) throw new DBusFormatException("an array is longer than its message");
        var end = Position + (int)length;
        if (element[0] == 'y') return Take((int)length).ToArray();
        var dictionary = element[0] == '{' ? new Dictionary<object, object>() : null;
        var list = new List<object>();
        // Every type takes at least a byte, so this ends.
        while (Position < end)
        {
            if (dictionary is null) list.Add(Value(element, depth + 1));
            else
            {
                Align(8);
                var key = Value(element[1..2], depth + 1);
                dictionary[key] = Value(element[2..^1], depth + 1);
            }
        }
        if (Position != end) throw new DBusFormatException("an array's elements do not end where it does");
        return (object?)dictionary ?? list.ToArray();
    }

    ObjectPath Path() => String() is var path && DBusNames.IsPath(path) ? new(path) : throw new DBusFormatException("an object path is none");

    string String()
    {
        var length = Number();
        if (length > int.MaxValue) throw new DBusFormatException("a string is longer than its message");
        try
        {
            var text = Utf8.GetString(Take((int)length));
            End();
            return text.Contains('\0') ? throw new DBusFormatException("a string has a NUL in it") : text;
        }
        catch (DecoderFallbackException)
        {
            throw new DBusFormatException("a string is not UTF-8");
        }
    }

    ushort UInt16()
    {
        Align(2);
        var two = Take(2);
        return littleEndian ? BinaryPrimitives.ReadUInt16LittleEndian(two) : BinaryPrimitives.ReadUInt16BigEndian(two);
    }

    ulong UInt64()
    {
        Align(8);
        var eight = Take(8);
        return littleEndian ? BinaryPrimitives.ReadUInt64LittleEndian(eight) : BinaryPrimitives.ReadUInt64BigEndian(eight);
    }

    void End()
    {
        if (Byte() != 0) throw new DBusFormatException("a text does not end with NUL");
    }

    ReadOnlySpan<byte> Take(int count)
    {
        if ((uint)count > (uint)(_bytes.Length - Position)) throw new DBusFormatException("the message is too short");
        var taken = _bytes.Slice(Position, count);
        Position += count;
        return taken;
    }
}
