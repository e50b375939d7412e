using System.Net.Sockets;
using System.Text;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.DBus;

/// <summary>A stream of messages to and from the bus, after the introduction.</summary>
sealed class BusSocket : IAsyncDisposable
{
    const int LongestLine = 1024;

    readonly Stream _stream;
    readonly BufferedStream _input;
    readonly SemaphoreSlim _writing = new(1, 1);

    BusSocket(Stream stream) => (_stream, _input) = (stream, new(stream, 16 * 1024));

    /// <param name="address">In D-Bus' form, <c>unix:path=/run/dbus/system_bus_socket</c>; of several the first of a Unix socket counts.</param>
    /// <exception cref="DBusException">Nobody listens there, or we are refused.</exception>
    public static async Task<BusSocket> ConnectAsync(string address, CancellationToken ct)
    {
        Stream? stream = null;
        try
        {
            stream = await UnixSocket.ConnectAsync(PathOf(address), ct);
            await IntroduceAsync(stream, ct);
            return new(stream);
        }
        catch (Exception e)
        {
            if (stream is not null) await stream.DisposeAsync();
            if (e is SocketException or IOException) throw new DBusException(DBusException.Disconnected, $"no message bus answers at {address}: {e.Message}", e);
            throw;
        }
    }

    /// <exception cref="DBusFormatException">What came is no message.</exception>
    /// <exception cref="IOException">The bus closed.</exception>
    public async Task<DBusMessage> ReadAsync(CancellationToken ct)
    {
        var start = new byte[DBusMessage.FixedLength];
        await _input.ReadExactlyAsync(start, ct);
        var whole = new byte[start.Length + DBusMessage.RestLength(start)];
        start.CopyTo(whole, 0);
        await _input.ReadExactlyAsync(whole.AsMemory(start.Length), ct);
        return DBusMessage.Read(whole);
    }

    public async Task WriteAsync(byte[] message, CancellationToken ct)
    {
        await _writing.WaitAsync(ct);
        try
        {
            // A part of a message would spoil all that follow.
            await _stream.WriteAsync(message, CancellationToken.None);
        }
        finally
        {
            _writing.Release();
        }
    }

    public async ValueTask DisposeAsync() => await _stream.DisposeAsync();

    /// <summary>The kernel tells the bus who we are; we claim nothing.</summary>
    static async Task IntroduceAsync(Stream stream, CancellationToken ct)
    {
        await stream.WriteAsync("\0AUTH EXTERNAL\r\nDATA\r\n"u8.ToArray(), ct);
        for (var expected = "DATA"; ;)
        {
            var line = await LineAsync(stream, ct);
            if (expected == "DATA" && line.StartsWith("DATA", StringComparison.Ordinal)) expected = "OK";
            else if (line.StartsWith("OK ", StringComparison.Ordinal)) break;
            else throw new DBusException(DBusException.AuthFailed, $"the bus refuses us: {line}");
        }
        await stream.WriteAsync("BEGIN\r\n"u8.ToArray(), ct);
    }

    static async Task<string> LineAsync(Stream stream, CancellationToken ct)
    {
        var line = new StringBuilder();
        for (var one = new byte[1]; line.Length < LongestLine; line.Append((char)one[0]))
        {
            await stream.ReadExactlyAsync(one, ct);
            if (one[0] == '\n') return line.ToString().TrimEnd('\r');
        }
        throw new DBusException(DBusException.AuthFailed, "the bus introduces itself with too long a line");
    }

    static string PathOf(string address)
    {
        foreach (var one in address.Split(';').Where(a => a.StartsWith("unix:", StringComparison.Ordinal)))
            foreach (var part in one["unix:".Length..].Split(',').Select(p => p.Split('=', 2)))
                switch (part)
                {
                    case ["path", var path]: return Uri.UnescapeDataString(path);
                    case ["abstract", var name]: return "\0" + Uri.UnescapeDataString(name);
                }
        throw new DBusException(DBusException.Disconnected, $"'{address}' names no Unix socket of a message bus");
    }
}
