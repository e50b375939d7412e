namespace MeshMcp.HostBridge.Host;

/// <summary>What the running kernel brings.</summary>
static class KernelModule
{
    /// <summary>Open vSwitch's kernel datapath is loaded, built in, or can be loaded.</summary>
    public static bool HasOpenvswitch => Has("openvswitch");

    public static bool HasWireguard => Has("wireguard");

    static bool Has(string module)
    {
        if (Directory.Exists($"/sys/module/{module}")) return true;
        var folder = $"/lib/modules/{File.ReadAllText("/proc/sys/kernel/osrelease").Trim()}";
        return new[] { "modules.builtin", "modules.dep" }.Select(name => Path.Combine(folder, name))
            .Any(file => File.Exists(file) && File.ReadLines(file).Any(line => line.Split(':')[0].Contains($"/{module}.ko", StringComparison.Ordinal)));
    }
}
