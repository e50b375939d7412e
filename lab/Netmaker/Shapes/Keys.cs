using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Serialization;

namespace MeshMcp.NetmakerStandIn.Shapes;

/// <summary>A network as Go prints one.</summary>
[Untagged]
sealed record IpNet(string IP, byte[] Mask)
{
    public static IpNet Of(IPAddress address, int length)
    {
        var mask = new byte[4];
        for (var bit = 0; bit < length; bit++) mask[bit / 8] |= (byte)(0x80 >> (bit % 8));
        return new(address.ToString(), mask);
    }

    public static IpNet Parse(string text) => text.Split('/') is [var host, var length] ? Of(IPAddress.Parse(host), int.Parse(length)) : Of(IPAddress.Parse(text), 32);

    [JsonIgnore] public int Length => Mask.Sum(b => int.PopCount(b));

    public override string ToString() => $"{IP}/{Length}";

    /// <summary>The network that the address lies in.</summary>
    public IpNet Whole() => this with { IP = new IPAddress([.. IPAddress.Parse(IP).GetAddressBytes().Zip(Mask, (a, m) => (byte)(a & m))]).ToString() };
}

/// <summary>A WireGuard key as Go prints a <c>[32]byte</c>: a list of 32 numbers.</summary>
static class WgKey
{
    public static int[] Parse(string base64) => [.. Convert.FromBase64String(base64).Select(b => (int)b)];

    public static string Text(int[] key) => Convert.ToBase64String([.. key.Select(n => (byte)n)]);
}

static class Random
{
    const string Letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    public static string Text(int length) => RandomNumberGenerator.GetString(Letters, length);
}
