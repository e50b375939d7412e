using System.Net.Sockets;
using System.Text;

namespace MeshMcp.HostBridge.Host;

/// <summary>Talks to the service supervisor by sd_notify; says nothing when none listens.</summary>
public static class ServiceNotify
{
    static readonly string? Address = Environment.GetEnvironmentVariable("NOTIFY_SOCKET");

    /// <summary>Half of the supervisor's watchdog interval, when it has one for this process.</summary>
    public static TimeSpan? WatchdogEvery { get; } =
        long.TryParse(Environment.GetEnvironmentVariable("WATCHDOG_USEC"), out var micros) && micros > 0
        && (Environment.GetEnvironmentVariable("WATCHDOG_PID") is not { Length: > 0 } pid || pid == Environment.ProcessId.ToString())
            ? TimeSpan.FromMicroseconds(micros / 2.0)
            : null;

    /// <summary>The listening socket that the supervisor passed on, if any; its variables must not reach a child.</summary>
    public static ulong? TakeListener()
    {
        var passed = Environment.GetEnvironmentVariable("LISTEN_PID") == Environment.ProcessId.ToString()
            && int.TryParse(Environment.GetEnvironmentVariable("LISTEN_FDS"), out var count) && count > 0;
        foreach (var name in (string[])["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"])
            Environment.SetEnvironmentVariable(name, null);
        return passed ? 3UL : null;
    }

    /// <param name="state"><c>READY=1</c>, <c>STOPPING=1</c>, <c>WATCHDOG=1</c>.</param>
    public static void Send(string state)
    {
        if (Address is not { Length: > 0 }) return;
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.SendTo(Encoding.UTF8.GetBytes(state), new UnixDomainSocketEndPoint(Address[0] == '@' ? "\0" + Address[1..] : Address));
    }
}
