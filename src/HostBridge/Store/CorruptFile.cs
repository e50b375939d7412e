using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.Store;

/// <summary>Files of the state folder that cannot be read: kept under another name, so that nothing is lost and the agent goes on with the others.</summary>
static class CorruptFile
{
    const string Ending = ".corrupt";

    /// <summary>Null when there is no such file, or it was set aside.</summary>
    public static T? Read<T>(string file, JsonTypeInfo<T> type) where T : class
    {
        if (!File.Exists(file)) return null;
        try
        {
            if (JsonSerializer.Deserialize(File.ReadAllBytes(file), type) is { } content) return content;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            // Set aside below.
        }
        SetAside(file);
        return null;
    }

    public static void SetAside(string file)
    {
        try
        {
            if (File.Exists(file)) File.Move(file, file + Ending, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // On a disk that cannot be written it stays where it is, and is left out again at the next start.
        }
    }

    /// <summary>Keeps lines of a file that goes on without them.</summary>
    public static void Add(string file, IEnumerable<byte[]> lines) => LineFile.Append(file + Ending, lines.SelectMany(l => l).ToArray());

    public static IReadOnlyList<string> In(string folder, int depth = 0) =>
        [.. Directory.EnumerateFiles(folder, "*" + Ending, new EnumerationOptions { RecurseSubdirectories = depth > 0, MaxRecursionDepth = depth }).Order(StringComparer.Ordinal)];
}
