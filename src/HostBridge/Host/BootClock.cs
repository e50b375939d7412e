using System.Globalization;
using System.Runtime.InteropServices;

namespace MeshMcp.HostBridge.Host;

/// <summary>A moment on the kernel's clock since boot.</summary>
/// <param name="Boot">The kernel's id of this boot: after a reboot moments of before cannot be compared.</param>
public sealed record BootInstant(string Boot, double Seconds);

/// <summary>When something ends.</summary>
/// <param name="At">By the calendar: for people, and what counts after a reboot.</param>
/// <param name="SinceBoot">On the kernel's clock: what counts in the boot in which it was set.</param>
public sealed record Deadline(DateTimeOffset At, BootInstant SinceBoot);

/// <summary>The clock that neither an operator nor NTP sets, and that goes on over a restart of this program; deadlines on disk are kept in it.</summary>
/// <param name="kernel">A model of the kernel's files, whose <c>uptime</c> is the clock; null: the kernel itself.</param>
public sealed partial class BootClock(string? kernel = null)
{
    const int ClockBoottime = 7;

    readonly string _boot = File.ReadAllText($"{kernel ?? "/proc"}/sys/kernel/random/boot_id").Trim();

    public BootInstant Now => new(_boot, kernel is null ? SinceBoot() : double.Parse(File.ReadAllText($"{kernel}/uptime").Split(' ')[0], CultureInfo.InvariantCulture));

    /// <summary>Seconds from <paramref name="instant"/> to <paramref name="at"/>, or to now; null when the machine has rebooted since.</summary>
    public double? Since(BootInstant instant, BootInstant? at = null) => instant.Boot == _boot ? (at ?? Now).Seconds - instant.Seconds : null;

    public Deadline After(TimeSpan span, DateTimeOffset now) => new(now + span, new(_boot, Now.Seconds + span.TotalSeconds));

    /// <summary>Seconds that are left, negative where it is over.</summary>
    public double Left(Deadline deadline, DateTimeOffset now) => Since(deadline.SinceBoot) is { } over ? -over : (deadline.At - now).TotalSeconds;

    /// <summary>In nanoseconds what <c>/proc/uptime</c> tells in hundredths of a second, which are too coarse: whether a connection is older than a change is asked milliseconds after it.</summary>
    static double SinceBoot() => ClockGetTime(ClockBoottime, out var now) == 0 ? now.Seconds + (now.Nanoseconds / 1e9) : throw new PlatformNotSupportedException("The kernel has no clock since boot.");

    [StructLayout(LayoutKind.Sequential)]
    struct Timespec
    {
        public nint Seconds, Nanoseconds;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ClockGetTime(int clock, out Timespec time);
}
