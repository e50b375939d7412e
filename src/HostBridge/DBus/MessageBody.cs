using Tmds.DBus.Protocol;

namespace MeshMcp.HostBridge.DBus;

/// <summary>Values to and from messages, in the form that <see cref="IDBusConnection"/> has them.</summary>
static class MessageBody
{
    /// <exception cref="ArgumentException">An argument does not fit its type, or there is no way to send it.</exception>
    public static MessageBuffer Of(DBusCall call, MessageWriter writer)
    {
        try
        {
            writer.WriteMethodCallHeader(call.Destination, call.Path, call.Interface, call.Member, call.Signature.Length == 0 ? null : call.Signature);
            var types = call.Signature.Replace("as", "A", StringComparison.Ordinal);
            if (types.Length != call.Arguments.Count) throw new ArgumentException($"{call} has {call.Arguments.Count} arguments for '{call.Signature}'", nameof(call));
            foreach (var (type, value) in types.Zip(call.Arguments)) Write(ref writer, type, value);
            return writer.CreateMessage();
        }
        finally
        {
            writer.Dispose();
        }
    }

    static void Write(ref MessageWriter writer, char type, object value)
    {
        switch (type, value)
        {
            case ('s', string text) when !text.Contains('\0'): writer.WriteString(text); break;
            case ('b', bool flag): writer.WriteBool(flag); break;
            case ('u', uint number): writer.WriteUInt32(number); break;
            case ('t', ulong number): writer.WriteUInt64(number); break;
            case ('A', IEnumerable<object> texts): writer.WriteArray(texts.Cast<string>().ToArray()); break;
            default: throw new ArgumentException($"{value} cannot be sent as '{type}'", nameof(value));
        }
    }

    public static DBusSignal Signal(Message message, object? _) =>
        new(message.SenderAsString ?? "", message.PathAsString ?? "", message.InterfaceAsString ?? "", message.MemberAsString ?? "", Read(message));

    public static IReadOnlyList<object> Read(Message message)
    {
        var reader = message.GetBodyReader();
        var signature = message.SignatureAsString ?? "";
        List<object> values = [];
        for (var at = 0; at < signature.Length;) values.Add(Read(ref reader, signature, ref at));
        return values;
    }

    static object Read(ref Reader reader, string signature, ref int at)
    {
        switch (signature[at++])
        {
            case 'y': return reader.ReadByte();
            case 'b': return reader.ReadBool();
            case 'n': return reader.ReadInt16();
            case 'q': return reader.ReadUInt16();
            case 'i': return reader.ReadInt32();
            case 'u': return reader.ReadUInt32();
            case 'x': return reader.ReadInt64();
            case 't': return reader.ReadUInt64();
            case 'd': return reader.ReadDouble();
            case 's': return reader.ReadString();
            case 'o': return reader.ReadObjectPathAsString();
            case 'g': return reader.ReadSignatureAsString();
            case 'v': return Plain(reader.ReadVariantValue());
            case 'a' when signature[at] == '{': return Dictionary(ref reader, signature, ref at);
            case 'a': return Array(ref reader, signature, ref at);
            case '(':
                reader.AlignStruct();
                List<object> fields = [];
                while (signature[at] != ')') fields.Add(Read(ref reader, signature, ref at));
                at++;
                return fields.ToArray();
            default: throw new FormatException($"'{signature}' is no type that is read here");
        }
    }

    static object[] Array(ref Reader reader, string signature, ref int at)
    {
        var (item, after) = (at, at);
        List<object> items = [];
        var end = reader.ReadArrayStart(signature[at] == '(' ? DBusType.Struct : (DBusType)signature[at]);
        while (reader.HasNext(end))
        {
            after = item;
            items.Add(Read(ref reader, signature, ref after));
        }
        at = End(signature, item);
        return [.. items];
    }

    static Dictionary<object, object> Dictionary(ref Reader reader, string signature, ref int at)
    {
        var entry = at + 1;
        Dictionary<object, object> entries = [];
        var end = reader.ReadDictionaryStart();
        while (reader.HasNext(end))
        {
            var inside = entry;
            var key = Read(ref reader, signature, ref inside);
            entries[key] = Read(ref reader, signature, ref inside);
        }
        at = End(signature, at);
        return entries;
    }

    /// <summary>Where the complete type that begins at <paramref name="at"/> is over.</summary>
    static int End(string signature, int at)
    {
        while (signature[at] == 'a') at++;
        var depth = 0;
        do
            depth += signature[at++] switch { '(' or '{' => 1, ')' or '}' => -1, _ => 0 };
        while (depth > 0);
        return at;
    }

    static object Plain(VariantValue value) => value.Type switch
    {
        VariantValueType.Byte => value.GetByte(),
        VariantValueType.Bool => value.GetBool(),
        VariantValueType.Int16 => value.GetInt16(),
        VariantValueType.UInt16 => value.GetUInt16(),
        VariantValueType.Int32 => value.GetInt32(),
        VariantValueType.UInt32 => value.GetUInt32(),
        VariantValueType.Int64 => value.GetInt64(),
        VariantValueType.UInt64 => value.GetUInt64(),
        VariantValueType.Double => value.GetDouble(),
        VariantValueType.String => value.GetString(),
        VariantValueType.ObjectPath => value.GetObjectPathAsString(),
        VariantValueType.Signature => value.GetSignature().ToString(),
        VariantValueType.Variant => Plain(value.GetVariantValue()),
        VariantValueType.Array or VariantValueType.Struct => Enumerable.Range(0, value.Count).Select(i => Plain(value.GetItem(i))).ToArray(),
        VariantValueType.Dictionary => Enumerable.Range(0, value.Count).Select(value.GetDictionaryEntry).ToDictionary(e => Plain(e.Key), e => Plain(e.Value)),
        var other => throw new FormatException($"a variant of {other} is not read here"),
    };
}
