using System.Buffers.Binary;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace MeshMcp.HostBridge.Host;

/// <summary>Network devices of the host with their IPv4 address, asked from the kernel: files under /sys may show another network namespace.</summary>
public sealed partial class LinkAddresses(ICommandRunner commands)
{
    const int SizeOfRequest = 40, SizeOfName = 16; // struct ifreq
    const nuint GetFlags = 0x8913; // SIOCGIFFLAGS
    const int FlagUp = 1;

    /// <summary>Of every device, also those that are down.</summary>
    public IReadOnlySet<string> Names() => Devices.Read(all => all.Select(n => n.Name).ToHashSet());

    /// <summary>The kernel's number of each device: one that was made anew under the same name has another.</summary>
    public IReadOnlyDictionary<string, uint> Numbers() => Names().Select(n => (Name: n, Number: NumberOf(n))).Where(d => d.Number > 0).ToDictionary(d => d.Name, d => d.Number);

    /// <summary>Bytes in and out of each device since it was made.</summary>
    public IReadOnlyDictionary<string, (long In, long Out)> Traffic() => Devices.Read(all => all.Select(n => (n.Name, Statistics: n.GetIPStatistics()))
        .ToDictionary(n => n.Name, n => (n.Statistics.BytesReceived, n.Statistics.BytesSent)));

    /// <summary>0 when there is no such device.</summary>
    [LibraryImport("libc", EntryPoint = "if_nametoindex", StringMarshalling = StringMarshalling.Utf8)]
    public static partial uint NumberOf(string device);

    /// <summary>Null when there is no such device. Link-local addresses do not count.</summary>
    public Link? Find(string device) => Devices.Read(all => Find(device, all));

    static Link? Find(string device, IEnumerable<NetworkInterface> all)
    {
        if (all.FirstOrDefault(n => n.Name == device) is not { } found) return null;
        var address = found.GetIPProperties().UnicastAddresses
            .FirstOrDefault(a => a.Address.AddressFamily == AddressFamily.InterNetwork && a.Address.GetAddressBytes() is not [169, 254, ..]);
        return new(address is null ? null : $"{address.Address}/{address.PrefixLength}", IsUp(device));
    }

    /// <summary>Gives <paramref name="device"/> the address instead of <paramref name="before"/> and takes it up.</summary>
    public async Task SetAsync(string device, string? before, string address, CancellationToken ct)
    {
        if (before is not null && before != address) await commands.RunAsync(Command.Of("ip", "address", "delete", before, "dev", device), ct);
        await commands.RunAsync(Command.Of("ip", "address", "replace", address, "dev", device), ct);
        await commands.RunAsync(Command.Of("ip", "link", "set", device, "up"), ct);
    }

    static bool IsUp(string device)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        Span<byte> request = stackalloc byte[SizeOfRequest];
        request.Clear();
        Encoding.ASCII.GetBytes(device, request[..(SizeOfName - 1)]);
        return Ioctl(socket.SafeHandle, GetFlags, request) == 0 && (BinaryPrimitives.ReadInt16LittleEndian(request[SizeOfName..]) & FlagUp) != 0;
    }

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Ioctl(SafeHandle socket, nuint request, Span<byte> argument);
}

/// <param name="Address">With prefix length.</param>
public sealed record Link(string? Address, bool Up);
