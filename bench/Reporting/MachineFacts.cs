using System.Globalization;
using System.Runtime.InteropServices;

namespace MeshMcp.Bench.Reporting;

/// <summary>The machine and how busy it was.</summary>
/// <param name="Memory">In GiB.</param>
/// <param name="LoadBefore">Runnable tasks on average over a minute, before the first round; in the end the bench's own are in it.</param>
sealed record MachineFacts(string Date, string Cpu, int Cores, double Memory, string System, string Kernel, string Runtime, double LoadBefore, double LoadAfter)
{
    public static double Load() => Number(File.ReadAllText("/proc/loadavg").Split(' ')[0]);

    public static MachineFacts Read(double loadBefore) => new(
        TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        Value("/proc/cpuinfo", "model name", ':') ?? RuntimeInformation.ProcessArchitecture.ToString(),
        Environment.ProcessorCount,
        Math.Round(Number(Value("/proc/meminfo", "MemTotal", ':')!.Split(' ')[0]) / (1 << 20), 1),
        Value("/etc/os-release", "PRETTY_NAME", '=')?.Trim('"') ?? "Linux",
        File.ReadAllText("/proc/sys/kernel/osrelease").Trim(),
        RuntimeInformation.FrameworkDescription,
        loadBefore,
        Load());

    static string? Value(string file, string key, char separator) =>
        File.ReadLines(file).FirstOrDefault(l => l.StartsWith(key, StringComparison.Ordinal))?.Split(separator, 2)[1].Trim();

    static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
