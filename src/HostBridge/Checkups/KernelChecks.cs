using MeshMcp.Contracts.Nodes;

namespace MeshMcp.HostBridge.Checkups;

/// <summary>The running kernel; what a section needs of it is its system's to check.</summary>
static class KernelChecks
{
    public const string Layer = "kernel";

    public static string Release => File.ReadAllText("/proc/sys/kernel/osrelease").Trim();

    public static Check Of() => new(Layer, "Linux", Health.Fine, $"Linux {Release}");
}
