using System.Diagnostics;
using System.Globalization;
using MeshMcp.HostBridge.Host;
using Xunit;

namespace MeshMcp.UnitTests.Host;

public sealed class BootClockTests
{
    [Fact]
    public void It_is_the_kernels_uptime_and_finer()
    {
        var clock = new BootClock();
        var told = double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], CultureInfo.InvariantCulture);
        var first = clock.Now;
        Assert.InRange(first.Seconds, told, told + 60);

        // Of two looks that lie milliseconds apart it tells how far, and never too little by a hundredth of a second.
        for (var i = 0; i < 50; i++)
        {
            var (begun, before, looked) = (Stopwatch.GetTimestamp(), clock.Now, Stopwatch.GetTimestamp());
            SpinWait.SpinUntil(() => Stopwatch.GetElapsedTime(looked) > TimeSpan.FromMilliseconds(1));
            Assert.InRange(clock.Since(before)!.Value, 0.0005, Stopwatch.GetElapsedTime(begun).TotalSeconds);
        }
    }
}
