namespace MeshMcp.Contracts.Logs;

/// <summary>systemd's journal, which takes lines with their level and has the time itself.</summary>
public static class Journal
{
    /// <summary>systemd says which device and inode the journal's socket has; a program whose output was led elsewhere inherits the words.</summary>
    /// <param name="descriptor">1 or 2.</param>
    public static bool Has(int descriptor) => Environment.GetEnvironmentVariable("JOURNAL_STREAM")?.Split(':') is [_, var inode]
        && File.ResolveLinkTarget($"/proc/self/fd/{descriptor}", returnFinalTarget: false)?.Name == $"socket:[{inode}]";
}
