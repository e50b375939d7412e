using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.Audit;

/// <summary>The lines of the audit on disk: <c>audit.jsonl</c>, and the files before it, each named after the last entry in it. One chain goes through all.</summary>
/// <param name="largest">Bytes after which a new file is begun.</param>
sealed class AuditFiles(string folder, long largest = AuditFiles.Largest)
{
    const long Largest = 8 << 20;
    const int Kept = 30;

    string Newest => Path.Combine(folder, "audit.jsonl");

    /// <summary>What is there now, oldest first. Enumerated later, and once, while others append.</summary>
    public IEnumerable<string> Lines()
    {
        var opened = Files().Select(f => new StreamReader(f, new FileStreamOptions { Share = FileShare.ReadWrite | FileShare.Delete })).ToList();
        return Read(opened);

        static IEnumerable<string> Read(IReadOnlyList<StreamReader> opened)
        {
            try
            {
                foreach (var file in opened)
                    while (file.ReadLine() is { } line)
                        yield return line;
            }
            finally
            {
                foreach (var file in opened) file.Dispose();
            }
        }
    }

    /// <summary>Newest first.</summary>
    public IEnumerable<string> Backwards() => Files().Reverse().SelectMany(f => File.ReadLines(f).Reverse());

    /// <param name="number">Of the entry before the line.</param>
    public void Append(string line, long number)
    {
        if (File.Exists(Newest) && new FileInfo(Newest).Length >= largest)
        {
            File.Move(Newest, Path.Combine(folder, $"audit-{number:D12}.jsonl"), overwrite: true);
            foreach (var old in Older().SkipLast(Kept)) File.Delete(old);
        }
        LineFile.Append(Newest, line + "\n");
    }

    IEnumerable<string> Files() => File.Exists(Newest) ? [.. Older(), Newest] : Older();

    IReadOnlyList<string> Older() => Directory.Exists(folder) ? [.. Directory.GetFiles(folder, "audit-*.jsonl").Order(StringComparer.Ordinal)] : [];
}
