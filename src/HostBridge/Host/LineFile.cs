using System.Text;
using MeshMcp.Contracts.Files;

namespace MeshMcp.HostBridge.Host;

/// <summary>Files that only grow, a line at a time.</summary>
static class LineFile
{
    /// <summary>Returns once all is on disk. What a crash left of a torn line does not swallow the next one.</summary>
    /// <param name="lines">Each with its end.</param>
    /// <param name="synced">False: it is with the kernel, and a power cut may still take it.</param>
    public static void Append(string path, string lines, bool synced = true) => Append(path, Encoding.UTF8.GetBytes(lines), synced);

    /// <inheritdoc cref="Append(string, string, bool)"/>
    public static void Append(string path, ReadOnlySpan<byte> lines, bool synced = true)
    {
        using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        file.Seek(0, SeekOrigin.End);
        if (file.Length > 0 && !EndsLine(file)) file.Write("\n"u8);
        file.Write(lines);
        if (synced) Durable.Sync(file);
    }

    /// <summary>Returns once the line is on disk at <paramref name="end"/>, in the place of all that a crash or a full disk left there.</summary>
    /// <exception cref="IOException">Or <see cref="UnauthorizedAccessException"/>: it is not.</exception>
    public static void AppendAt(string path, long end, ReadOnlySpan<byte> line)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        if (file.Length < end) throw new IOException($"{path} is shorter than what was written to it.");
        try
        {
            file.SetLength(end);
            file.Position = end;
            file.Write(line);
            Durable.Sync(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Cut(file, end);
            throw;
        }
    }

    public static byte[] ReadAt(string path, long start, int length)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var content = new byte[length];
        for (var (read, more) = (0, 1); read < length && more > 0; read += more) more = RandomAccess.Read(file, content.AsSpan(read), start + read);
        return content;
    }

    /// <summary>What was not acknowledged must not count after a crash.</summary>
    static void Cut(FileStream file, long end)
    {
        try
        {
            file.SetLength(end);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next line is written there all the same.
        }
    }

    static bool EndsLine(FileStream file)
    {
        file.Seek(-1, SeekOrigin.End);
        return file.ReadByte() == '\n';
    }
}
