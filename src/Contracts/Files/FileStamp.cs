namespace MeshMcp.Contracts.Files;

/// <summary>By which a file that was written anew is told from the one before.</summary>
public static class FileStamp
{
    /// <summary>Time and length; <c>-</c> where there is none.</summary>
    public static string Of(string? file) => file is not null && new FileInfo(file) is { Exists: true } there ? $"{there.LastWriteTimeUtc.Ticks}/{there.Length}" : "-";
}
