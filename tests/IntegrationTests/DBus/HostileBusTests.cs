using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using MeshMcp.HostBridge.DBus;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.DBus;

/// <summary>A bus that sends what is no message, or nothing: that ends the connection or the call, never the process, and takes no more memory than a message may have.</summary>
public sealed class HostileBusTests : IAsyncLifetime
{
    const string Name = "org.freedesktop.DBus", Path = "/org/freedesktop/DBus";
    static readonly TimeSpan Hangs = TimeSpan.FromSeconds(10);

    readonly string _folder = Directory.CreateTempSubdirectory("meshmcp-hostile-").FullName;
    Socket _listener = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    string SocketPath => System.IO.Path.Combine(_folder, "bus");

    public ValueTask InitializeAsync()
    {
        _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _listener.Bind(new UnixDomainSocketEndPoint(SocketPath));
        _listener.Listen();
        return default;
    }

    public ValueTask DisposeAsync()
    {
        _listener.Dispose();
        Directory.Delete(_folder, recursive: true);
        return default;
    }

    /// <summary>What the bus answers a call with, by what is wrong with it.</summary>
    public static TheoryData<string> Answers => [.. Kinds.Keys];

    static Dictionary<string, Func<uint, byte[]>> Kinds { get; } = new()
    {
        ["noise"] = _ => [.. Enumerable.Range(0, 200).Select(i => (byte)(i * 37 + 11))],
        ["zeros"] = _ => new byte[200],
        ["a body of 4 GB"] = serial => Length(Reply(serial, "s", Text("x")), 4, uint.MaxValue),
        ["a header of 4 GB"] = serial => Length(Reply(serial, "s", Text("x")), 12, uint.MaxValue),
        ["a text longer than its body"] = serial => Reply(serial, "s", [0xff, 0xff, 0xff, 0x7f, (byte)'x', 0]),
        ["an array longer than its body"] = serial => Reply(serial, "as", [0xff, 0xff, 0xff, 0x03, 1, 0, 0, 0, (byte)'x', 0]),
        ["a type that is none"] = serial => Reply(serial, "z", Text("x")),
        ["half a type"] = serial => Reply(serial, "a", Text("x")),
        ["an open structure"] = serial => Reply(serial, "(s", Text("x")),
        ["more types than body"] = serial => Reply(serial, "ssss", Text("x")),
        ["variants without end"] = serial => Reply(serial, "v", [.. Enumerable.Repeat((byte[])[1, (byte)'v', 0], 2000).SelectMany(b => b)]),
        ["arrays in arrays, longer than their body"] = serial => Reply(serial, new string('a', 250) + "y", [.. Enumerable.Repeat((byte)0x7f, 1000)]),
    };

    [Theory, MemberData(nameof(Answers))]
    public async Task What_is_no_answer_is_an_error_and_the_next_connection_is_as_good_as_new(string kind)
    {
        var serving = ServeAsync(Kinds[kind]);
        await using var connection = await DBusConnection.ConnectAsync($"unix:path={SocketPath}", TimeProvider.System, Ct);

        var refusal = await Assert.ThrowsAsync<DBusException>(() => connection.CallAsync(new(Name, Path, Name, "GetId") { Timeout = TimeSpan.FromSeconds(2) }, Ct).WaitAsync(Hangs, Ct));

        Assert.True(refusal.IsAbsence, refusal.Name);
        Assert.True(GC.GetTotalMemory(forceFullCollection: true) < 256 << 20, "it took memory for what was only said to come");
        await connection.DisposeAsync();
        await serving;
        serving = ServeAsync(serial => Reply(serial, "s", Text("fine")));
        await using var next = await DBusConnection.ConnectAsync($"unix:path={SocketPath}", TimeProvider.System, Ct);
        Assert.Equal(["fine"], await next.CallAsync(new(Name, Path, Name, "GetId"), Ct));
        await next.DisposeAsync();
        await serving;
    }

    [Fact]
    public async Task A_bus_that_accepts_and_never_answers_is_given_up_and_so_is_one_that_leaves_call_after_call_unanswered()
    {
        var mute = ServeAsync(_ => []);
        await using var connection = await DBusConnection.ConnectAsync($"unix:path={SocketPath}", TimeProvider.System, Ct);

        await Eventually.True(async () =>
        {
            await Assert.ThrowsAsync<DBusException>(() => connection.CallAsync(new(Name, Path, Name, "GetId") { Timeout = TimeSpan.FromMilliseconds(5) }, Ct));
            return connection.Closed.IsCompleted;
        }, Hangs, "the connection is given up", Ct);
        await mute;
    }

    /// <summary>One connection: lets it in, and answers each call after Hello with <paramref name="answer"/> of its serial.</summary>
    async Task ServeAsync(Func<uint, byte[]> answer)
    {
        using var client = await _listener.AcceptAsync(Ct);
        await using var stream = new NetworkStream(client);
        try
        {
            await stream.ReadExactlyAsync(new byte[1], Ct);
            while (await LineAsync(stream) is { } line && line != "BEGIN")
                await stream.WriteAsync(Encoding.ASCII.GetBytes(line.StartsWith("AUTH", StringComparison.Ordinal) ? "OK 1234567890abcdef1234567890abcdef\r\n" : "ERROR\r\n"), Ct);
            await stream.WriteAsync(Reply(await CallAsync(stream), "s", Text(":1.1")), Ct);
            while (true) await stream.WriteAsync(answer(await CallAsync(stream)), Ct);
        }
        catch (Exception e) when (e is IOException or EndOfStreamException)
        {
            // The client has gone, as it should.
        }
    }

    static async Task<string?> LineAsync(NetworkStream stream)
    {
        var line = new List<byte>();
        var one = new byte[1];
        while (await stream.ReadAsync(one, Ct) == 1)
        {
            line.Add(one[0]);
            if (line is [.., (byte)'\r', (byte)'\n']) return Encoding.ASCII.GetString([.. line[..^2]]);
        }
        return null;
    }

    /// <summary>The serial of the next message.</summary>
    static async Task<uint> CallAsync(NetworkStream stream)
    {
        var head = new byte[16];
        await stream.ReadExactlyAsync(head, Ct);
        var (body, fields) = (BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(4)), BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(12)));
        await stream.ReadExactlyAsync(new byte[(fields + 7) / 8 * 8 + body], Ct);
        return BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(8));
    }

    static byte[] Text(string text) => [(byte)text.Length, 0, 0, 0, .. Encoding.ASCII.GetBytes(text), 0];

    /// <summary>A method return: byte order, kind, flags, version; length of the body, serial, length of the fields; REPLY_SERIAL and SIGNATURE.</summary>
    static byte[] Reply(uint serial, string signature, byte[] body)
    {
        byte[] fields = [5, 1, (byte)'u', 0, .. BitConverter.GetBytes(serial), 8, 1, (byte)'g', 0, (byte)signature.Length, .. Encoding.ASCII.GetBytes(signature), 0];
        byte[] head = [(byte)'l', 2, 1, 1, .. BitConverter.GetBytes(body.Length), 7, 0, 0, 0, .. BitConverter.GetBytes(fields.Length), .. fields];
        return [.. head, .. new byte[(8 - head.Length % 8) % 8], .. body];
    }

    static byte[] Length(byte[] message, int at, uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(at), value);
        return message;
    }
}
