namespace MeshMcp.HostBridge.Host;

/// <summary>Kernel settings below <c>/proc/sys</c>, of this process's network namespace.</summary>
static class Sysctl
{
    public const string Forwarding = "net/ipv4/ip_forward";

    /// <summary>Null where the kernel has no such setting (now: those of a device come and go with it).</summary>
    /// <param name="key">With slashes: a device's name may have dots.</param>
    public static string? Find(string key)
    {
        try
        {
            return File.ReadAllText($"/proc/sys/{key}").Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public static Task SetAsync(string key, string value, CancellationToken ct) => File.WriteAllTextAsync($"/proc/sys/{key}", value, ct);
}
