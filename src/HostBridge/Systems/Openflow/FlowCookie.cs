using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using MeshMcp.HostBridge.OpenVSwitch;

namespace MeshMcp.HostBridge.Systems.Openflow;

/// <summary>The mark on our flows: 16 bits say that a flow is ours, 48 which one. It says nothing of what the flow does.</summary>
public static class FlowCookie
{
    const int OwnerBits = 16;
    /// <summary>"MM".</summary>
    const ulong Owner = 0x4d4dUL << (64 - OwnerBits);

    public static bool IsOurs(ulong cookie) => cookie >> (64 - OwnerBits) == Owner >> (64 - OwnerBits);

    public static ulong Of(FlowKey key) =>
        Owner | (BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{key.Table} {key.Priority} {key.Match}"))) >> OwnerBits);
}
