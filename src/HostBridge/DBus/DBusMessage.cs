using System.Buffers.Binary;

namespace MeshMcp.HostBridge.DBus;

enum MessageKind : byte { Call = 1, Return = 2, Error = 3, Signal = 4 }

/// <summary>A message as it crosses the socket: a header with fields, and the values.</summary>
sealed record DBusMessage(MessageKind Kind, uint Serial)
{
    public const int FixedLength = 16;

    /// <summary>Far more than anything that we ask for; the protocol itself allows sixteen times as much.</summary>
    public const int MaxLength = 8 * 1024 * 1024;

    const byte NoReplyExpected = 1, ProtocolVersion = 1;

    public bool WantsNoReply { get; init; }
    public string? Path { get; init; }
    public string? Interface { get; init; }
    public string? Member { get; init; }
    public string? ErrorName { get; init; }
    public uint ReplyTo { get; init; }
    public string? Destination { get; init; }
    public string? Sender { get; init; }
    public IReadOnlyList<object> Values { get; init; } = [];

    /// <summary>How many bytes follow the first sixteen.</summary>
    /// <exception cref="DBusFormatException">It is no header, or the message is longer than <see cref="MaxLength"/>.</exception>
    public static int RestLength(ReadOnlySpan<byte> start)
    {
        var little = IsLittle(start);
        var (body, fields) = (UInt32(start[4..], little), UInt32(start[12..], little));
        var rest = ((fields + 7UL) & ~7UL) + body;
        return rest <= MaxLength ? (int)rest : throw new DBusFormatException($"a message of {rest} bytes is too long");
    }

    /// <param name="bytes">A whole message.</param>
    /// <exception cref="DBusFormatException">It is none.</exception>
    public static DBusMessage Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < FixedLength || bytes.Length - FixedLength != RestLength(bytes)) throw new DBusFormatException("the message's length is not the one it says");
        var little = IsLittle(bytes);
        if (bytes[3] != ProtocolVersion) throw new DBusFormatException($"protocol version {bytes[3]}");
        var message = new DBusMessage((MessageKind)bytes[1], UInt32(bytes[8..], little)) { WantsNoReply = (bytes[2] & NoReplyExpected) != 0 };
        var fieldsEnd = FixedLength + (int)UInt32(bytes[12..], little);
        var fields = new MessageReader(bytes[..fieldsEnd], little);
        for (var i = 0; i < FixedLength; i++) fields.Byte();
        var signature = "";
        while (fields.Position < fieldsEnd)
        {
            fields.Align(8);
            (message, signature) = Field(message, signature, fields.Byte(), fields.Variant().Value);
        }
        var body = new MessageReader(bytes[(FixedLength + ((fieldsEnd - FixedLength + 7) & ~7))..], little);
        var values = body.Values(signature);
        return body.Position == bytes.Length - (FixedLength + ((fieldsEnd - FixedLength + 7) & ~7)) ? message with { Values = values } : throw new DBusFormatException("the message is longer than its values");
    }

    /// <param name="signature">Of <see cref="Values"/>.</param>
    /// <exception cref="ArgumentException">A value does not fit, or the message is too long.</exception>
    public byte[] Write(string signature)
    {
        var body = new MessageWriter();
        body.Values(signature, Values);
        var writer = new MessageWriter();
        foreach (var b in (byte[])[(byte)'l', (byte)Kind, WantsNoReply ? NoReplyExpected : (byte)0, ProtocolVersion]) writer.Byte(b);
        writer.Number((uint)body.Length);
        writer.Number(Serial);
        object[][] fields =
        [
            .. from field in ((byte Code, string Type, object? Value)[])
               [
                   (1, "o", Path), (2, "s", Interface), (3, "s", Member), (4, "s", ErrorName), (5, "u", ReplyTo == 0 ? null : ReplyTo), (6, "s", Destination),
                   (8, "g", signature.Length == 0 ? null : signature),
               ]
               where field.Value is not null
               select (object[])[field.Code, new Variant(field.Type, field.Value)],
        ];
        writer.Value("a(yv)", fields);
        writer.Align(8);
        byte[] all = [.. writer.ToArray(), .. body.ToArray()];
        return all.Length <= MaxLength ? all : throw new ArgumentException($"a message of {all.Length} bytes is too long", nameof(signature));
    }

    static (DBusMessage Message, string Signature) Field(DBusMessage message, string signature, byte code, object value) => (code, value) switch
    {
        (1, ObjectPath path) => (message with { Path = path.Value }, signature),
        (2, string name) => (message with { Interface = name }, signature),
        (3, string name) => (message with { Member = name }, signature),
        (4, string name) => (message with { ErrorName = name }, signature),
        (5, uint serial) => (message with { ReplyTo = serial }, signature),
        (6, string name) => (message with { Destination = name }, signature),
        (7, string name) => (message with { Sender = name }, signature),
        (8, string types) => (message, types),
        (>= 1 and <= 8, _) => throw new DBusFormatException($"header field {code} has the wrong type"),
        // Later versions may have more.
        _ => (message, signature),
    };

    static bool IsLittle(ReadOnlySpan<byte> start) => start[0] switch { (byte)'l' => true, (byte)'B' => false, _ => throw new DBusFormatException("no byte order") };

    static uint UInt32(ReadOnlySpan<byte> at, bool little) => little ? BinaryPrimitives.ReadUInt32LittleEndian(at) : BinaryPrimitives.ReadUInt32BigEndian(at);
}
