using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace MeshMcp.HostBridge.Host;

/// <summary>Talks to the service supervisor by sd_notify; says nothing when none listens.</summary>
public static partial class ServiceNotify
{
    const uint FirstDescriptor = 3, CloseOnExec = 4;

    static string? _address;

    /// <summary>Half of the supervisor's watchdog interval, when it has one for this process.</summary>
    public static TimeSpan? WatchdogEvery { get; private set; }

    /// <summary>Takes over what the supervisor passed on, so that neither its variables nor its descriptors reach a child; returns the listening socket, if there is one.</summary>
    public static ulong? TakeListener()
    {
        _address = Environment.GetEnvironmentVariable("NOTIFY_SOCKET");
        WatchdogEvery = long.TryParse(Environment.GetEnvironmentVariable("WATCHDOG_USEC"), out var micros) && micros > 0
            && (Environment.GetEnvironmentVariable("WATCHDOG_PID") is not { Length: > 0 } pid || pid == Environment.ProcessId.ToString())
                ? TimeSpan.FromMicroseconds(micros / 2.0)
                : null;
        _ = CloseRange(FirstDescriptor, uint.MaxValue, CloseOnExec);
        var passed = Environment.GetEnvironmentVariable("LISTEN_PID") == Environment.ProcessId.ToString()
            && int.TryParse(Environment.GetEnvironmentVariable("LISTEN_FDS"), out var count) && count > 0;
        foreach (var name in (string[])["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"])
            Environment.SetEnvironmentVariable(name, null);
        return passed ? FirstDescriptor : null;
    }

    /// <param name="state"><c>READY=1</c>, <c>STOPPING=1</c>, <c>WATCHDOG=1</c>.</param>
    public static void Send(string state)
    {
        if (_address is not { Length: > 0 }) return;
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.SendTo(Encoding.UTF8.GetBytes(state), new UnixDomainSocketEndPoint(_address[0] == '@' ? "\0" + _address[1..] : _address));
    }

    [LibraryImport("libc", EntryPoint = "close_range")]
    private static partial int CloseRange(uint first, uint last, uint flags);
}
