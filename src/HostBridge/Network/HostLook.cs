using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.Network;

/// <summary>Looks at the node's own network: devices and routes by what the kernel tells every program, without a process; only who listens is asked of <c>ss</c>.</summary>
public sealed class HostLook(Listeners listeners)
{
    const string Routes = "/proc/net/route";
    const int MainTable = 254, Rejects = 0x200;

    /// <param name="whoListens">Whether that is needed too.</param>
    /// <exception cref="MeshException">Unavailable: the kernel does not tell.</exception>
    public async Task<HostNetwork> ReadAsync(bool whoListens, CancellationToken ct)
    {
        try
        {
            return new(Devices.Read(all => all.Select(Device).ToList()), RoutesIn(await File.ReadAllLinesAsync(Routes, ct)), whoListens ? await ListenersAsync(ct) : []);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MeshException(ErrorKind.Unavailable, $"The node's own devices and routes cannot be read, so nobody can tell whether a way to it would be cut: {e.Message}", "state", "See the host bridge's log, and try again.");
        }
    }

    /// <summary>IPv4 routes of the main table, from <c>/proc/net/route</c>: numbers in hexadecimal, addresses as they lie in memory.</summary>
    public static IReadOnlyList<IpRoute> RoutesIn(IEnumerable<string> lines) =>
    [
        .. from line in lines.Skip(1)
           let words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
           where words.Length >= 8
           let length = uint.PopCount(Number(words[7]))
           let rejects = (Number(words[3]) & Rejects) != 0
           select new IpRoute(MainTable, length == 0 ? "default" : $"{Address(words[1])}/{length}", rejects, words[2] == "00000000" ? null : $"{Address(words[2])}", rejects ? null : words[0], long.Parse(words[6], CultureInfo.InvariantCulture)),
    ];

    static HostDevice Device(NetworkInterface device) =>
        new(device.Name, [.. device.GetIPProperties().UnicastAddresses.Where(a => a.Address.AddressFamily == AddressFamily.InterNetwork).Select(a => $"{a.Address}/{a.PrefixLength}")]);

    async Task<IReadOnlyList<Listener>> ListenersAsync(CancellationToken ct)
    {
        try
        {
            return await listeners.ReadAsync(ct);
        }
        catch (MeshException)
        {
            // Then nobody is known to listen on one address only, and a change of that is confirmed at least.
            return [];
        }
    }

    static IPAddress Address(string hexadecimal) => new(Number(hexadecimal));

    static uint Number(string hexadecimal) => uint.Parse(hexadecimal, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
