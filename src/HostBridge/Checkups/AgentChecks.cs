using MeshMcp.Contracts.Files;
using MeshMcp.Contracts.Nodes;
using MeshMcp.HostBridge.Access;

namespace MeshMcp.HostBridge.Checkups;

/// <summary>What the agent itself stands on: its state folder.</summary>
static class AgentChecks
{
    const string Layer = "agent";
    const long LeastFree = 64 << 20;

    public static IEnumerable<Check> Of(BridgeConfiguration configuration)
    {
        var folder = configuration.State;
        yield return Writable(folder) is { } refused
            ? new(Layer, folder, Health.Broken, $"The state folder cannot be written: {refused}. No change can be made, and none is remembered.", "Mount its file system for writing, or make room; then restart the host bridge.")
            : new(Layer, folder, Health.Fine, "the state folder can be written");
        if (new DriveInfo(folder).AvailableFreeSpace is < LeastFree and var free)
            yield return new(Layer, "disk", Health.Warning, $"{free >> 20} MiB are free where {folder} is.", "Make room: a full disk ends changes before they begin.");
    }

    static string? Writable(string folder)
    {
        try
        {
            var probe = Path.Combine(folder, ".checkup");
            AtomicFile.Write(probe, [], AtomicFile.Secret);
            File.Delete(probe);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }
}
