using System.Text;
using MeshMcp.Contracts.Files;

namespace MeshMcp.HostBridge.Host;

/// <summary>Files that only grow, a line at a time.</summary>
static class LineFile
{
    /// <summary>Returns once all is on disk. What a crash left of a torn line does not swallow the next one.</summary>
    /// <param name="lines">Each with its end.</param>
    public static void Append(string path, string lines) => Append(path, Encoding.UTF8.GetBytes(lines));

    /// <inheritdoc cref="Append(string, string)"/>
    public static void Append(string path, ReadOnlySpan<byte> lines)
    {
        using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        file.Seek(0, SeekOrigin.End);
        if (file.Length > 0 && !EndsLine(file)) file.Write("\n"u8);
        file.Write(lines);
        Durable.Sync(file);
    }

    static bool EndsLine(FileStream file)
    {
        file.Seek(-1, SeekOrigin.End);
        return file.ReadByte() == '\n';
    }
}
