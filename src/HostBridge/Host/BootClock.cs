using System.Globalization;

namespace MeshMcp.HostBridge.Host;

/// <summary>A moment on the kernel's clock since boot.</summary>
/// <param name="Boot">The kernel's id of this boot: after a reboot moments of before cannot be compared.</param>
public sealed record BootInstant(string Boot, double Seconds);

/// <summary>The clock that neither an operator nor NTP sets, and that goes on over a restart of this program; deadlines on disk are kept in it.</summary>
public sealed class BootClock(string kernel = "/proc")
{
    readonly string _boot = File.ReadAllText($"{kernel}/sys/kernel/random/boot_id").Trim();

    public BootInstant Now => new(_boot, double.Parse(File.ReadAllText($"{kernel}/uptime").Split(' ')[0], CultureInfo.InvariantCulture));

    /// <summary>Seconds from <paramref name="instant"/> to <paramref name="at"/>, or to now; null when the machine has rebooted since.</summary>
    public double? Since(BootInstant instant, BootInstant? at = null) => instant.Boot == _boot ? (at ?? Now).Seconds - instant.Seconds : null;
}
