namespace MeshMcp.UnitTests.Wireguard;

/// <summary>Keys that differ by a number.</summary>
static class Keys
{
    public static string Of(byte number)
    {
        var bytes = new byte[32];
        bytes[1] = number;
        bytes[31] = 0x40;
        return Convert.ToBase64String(bytes);
    }
}
