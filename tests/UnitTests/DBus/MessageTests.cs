using MeshMcp.HostBridge.DBus;
using Xunit;

namespace MeshMcp.UnitTests.DBus;

/// <summary>Messages written and read, and bytes that are none.</summary>
public sealed class MessageTests
{
    const string Everything = "ybnqiuxtdsogvasayaoa{sv}(sa(iv))aav";

    static readonly object[] Values =
    [
        (byte)7, true, (short)-2, (ushort)3, -4, 5u, -6L, 7UL, 1.5, "wörter", new ObjectPath("/a/b_2"), "a{sv}", new Variant("as", (object[])["x", "y"]),
        (object[])["a", ""], (byte[])[1, 2, 3], (object[])[new ObjectPath("/")], new Dictionary<object, object> { ["k"] = new Variant("(bs)", (object[])[false, "z"]) },
        (object[])["s", (object[])[(object[])[1, new Variant("y", (byte)9)]]], (object[])[(object[])[new Variant("s", "deep")], (object[])[]],
    ];

    [Fact]
    public void What_is_written_is_read_back_whatever_its_types()
    {
        var message = new DBusMessage(MessageKind.Call, 42) { Destination = "org.a.b", Path = "/x", Interface = "org.a", Member = "Do", Values = Values };

        var read = DBusMessage.Read(message.Write(Everything));

        Assert.Equal((MessageKind.Call, 42u, "org.a.b", "/x", "org.a", "Do"), (read.Kind, read.Serial, read.Destination, read.Path, read.Interface, read.Member));
        Assert.Equivalent(Values, read.Values, strict: true);
        Assert.Equal(message.Write(Everything), (message with { Values = read.Values }).Write(Everything));
    }

    [Fact]
    public void No_bytes_make_the_reader_hang_read_beyond_them_or_throw_anything_but_its_own_error()
    {
        var random = new Random(5);
        var good = new DBusMessage(MessageKind.Signal, 1) { Path = "/x", Interface = "org.a", Member = "Did", Values = Values }.Write(Everything);
        var read = 0;
        for (var i = 0; i < 60_000; i++)
        {
            var bytes = i % 3 == 0 ? new byte[random.Next(0, 120)] : [.. good];
            if (i % 3 == 0) random.NextBytes(bytes);
            for (var n = random.Next(0, 5); n > 0 && bytes.Length > 0; n--) bytes[random.Next(bytes.Length)] = (byte)(random.Next(3) == 0 ? random.Next(256) : random.Next(9));
            if (random.Next(4) == 0) bytes = bytes[..random.Next(bytes.Length + 1)];
            try
            {
                DBusMessage.Read(bytes);
                read++;
            }
            catch (DBusFormatException)
            {
                // What it may throw.
            }
        }
        Assert.InRange(read, 100, 59_000);
    }

    [Fact]
    public void Random_bytes_under_random_types_end_too()
    {
        var random = new Random(9);
        const string Letters = "ybnqiuxtdsogva(){}z";
        var bytes = new byte[200];
        for (var i = 0; i < 60_000; i++)
        {
            var signature = string.Concat(Enumerable.Range(0, random.Next(1, 9)).Select(_ => Letters[random.Next(Letters.Length)]));
            random.NextBytes(bytes);
            for (var at = 0; at < bytes.Length; at++)
                if (random.Next(3) > 0) bytes[at] = (byte)random.Next(3);
            try
            {
                var reader = new MessageReader(bytes, random.Next(2) == 0);
                reader.Values(signature);
                Assert.InRange(reader.Position, 0, bytes.Length);
            }
            catch (DBusFormatException)
            {
                // What it may throw.
            }
        }
    }

    [Theory]
    [InlineData("()")]
    [InlineData("a()")]
    [InlineData("a")]
    [InlineData("a{vs}")]
    [InlineData("{ss}")]
    [InlineData("(s")]
    [InlineData("a{s}")]
    [InlineData("a{sss}")]
    public void Types_that_are_none_are_refused(string signature) =>
        Assert.Throws<DBusFormatException>(() =>
        {
            var reader = new MessageReader(new byte[64], true);
            reader.Values(signature);
        });

    [Fact]
    public void Nesting_and_length_have_an_end()
    {
        Assert.Throws<DBusFormatException>(() => new MessageReader(new byte[400], true).Values(new string('a', 100) + "y"));
        // A variant in a variant in a variant …
        Assert.Throws<DBusFormatException>(() => new MessageReader([.. Enumerable.Repeat((byte[])[1, (byte)'v', 0], 200).SelectMany(b => b)], true).Values("v"));
        byte[] huge = [(byte)'l', 4, 0, 1, 0xff, 0xff, 0xff, 0x7f, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff];
        Assert.Throws<DBusFormatException>(() => DBusMessage.RestLength(huge));
    }

    [Fact]
    public void A_message_of_the_other_byte_order_is_read()
    {
        // (u) 1, in big-endian order, without header fields.
        byte[] big = [(byte)'B', 2, 0, 1, 0, 0, 0, 4, 0, 0, 0, 9, 0, 0, 0, 7, 8, 1, (byte)'g', 0, 1, (byte)'u', 0, 0, 0, 0, 0, 1];

        var read = DBusMessage.Read(big);

        Assert.Equal((9u, 1u), (read.Serial, Assert.Single(read.Values)));
    }

    [Theory]
    [InlineData("s", 1)]
    [InlineData("u", -1)]
    [InlineData("o", "no path")]
    [InlineData("s", "with\0NUL")]
    [InlineData("ss", "one")]
    public void A_value_that_does_not_fit_its_type_is_not_sent(string signature, object value) =>
        Assert.Throws<ArgumentException>(() => new MessageWriter().Values(signature, [value]));

    [Fact]
    public void Names_are_those_that_the_bus_takes()
    {
        Assert.All(["/", "/a", "/a/_2"], p => Assert.True(DBusNames.IsPath(p), p));
        Assert.All(["", "a", "/a/", "//", "/a-b", "/ä", "/a b"], p => Assert.False(DBusNames.IsPath(p), p));
        Assert.All([":1.2", "org.a-b.c"], n => Assert.True(DBusNames.IsBusName(n), n));
        Assert.All(["", "org", "org.", ".org", "org.2a", "a..b", new string('a', 254) + ".b"], n => Assert.False(DBusNames.IsBusName(n), n));
        Assert.False(DBusNames.IsInterface("org.a-b"));
        Assert.False(DBusNames.IsMember("a.b"));
        Assert.Throws<ArgumentException>(() => new DBusMatch("org.a", Member: "x',eavesdrop='true").ToRule());
    }
}
