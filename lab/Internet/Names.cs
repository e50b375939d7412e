using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using MeshMcp.Lab.Topology;

namespace MeshMcp.Lab.Internet;

/// <summary>The name server of the lab's internet: knows a few names (A records) and that there are no others.</summary>
static class Names
{
    const int Header = 12, Port = 53, TimeToLive = 5;
    const ushort Address = 1, Answered = 0x8580, NoSuchName = 0x8583;

    public static async Task ServeAsync(CancellationToken ct)
    {
        using var socket = new UdpClient(new IPEndPoint(IPAddress.Parse(Map.NameServer), Port));
        while (!ct.IsCancellationRequested)
        {
            var asked = await socket.ReceiveAsync(ct);
            if (Answer(asked.Buffer) is { } answer) await socket.SendAsync(answer, asked.RemoteEndPoint, ct);
        }
    }

    /// <summary>Null for what is no question.</summary>
    static byte[]? Answer(byte[] question)
    {
        var (name, at) = ("", Header);
        while (at < question.Length && question[at] is > 0 and < 64 and var length && at + length < question.Length)
        {
            name += (name.Length > 0 ? "." : "") + Encoding.ASCII.GetString(question, at + 1, length);
            at += length + 1;
        }
        var end = at + 5;
        if (end > question.Length) return null;
        var known = Map.InternetNames.TryGetValue(name.ToLowerInvariant(), out var address);
        var has = known && BinaryPrimitives.ReadUInt16BigEndian(question.AsSpan(at + 1)) == Address;
        byte[] answer = [.. question[..end], .. has ? Record(address!) : []];
        BinaryPrimitives.WriteUInt16BigEndian(answer.AsSpan(2), known ? Answered : NoSuchName);
        BinaryPrimitives.WriteUInt16BigEndian(answer.AsSpan(4), 1);
        BinaryPrimitives.WriteUInt16BigEndian(answer.AsSpan(6), has ? (ushort)1 : (ushort)0);
        answer.AsSpan(8, 4).Clear();
        return answer;
    }

    /// <summary>An A record whose name points back to the question.</summary>
    static byte[] Record(string address) => [0xc0, Header, 0, 1, 0, 1, 0, 0, 0, TimeToLive, 0, 4, .. IPAddress.Parse(address).GetAddressBytes()];
}
