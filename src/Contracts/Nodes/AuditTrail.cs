using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace MeshMcp.Contracts.Nodes;

/// <summary>A line as it is on disk.</summary>
/// <param name="Whole">False: it has no end, as what a crash cut off.</param>
public readonly record struct AuditLine(string Text, bool Whole = true);

/// <summary>
/// An audit on disk: its newest file, <c>audit.jsonl</c>; the files before it in the same folder, <c>audit-NUMBER.jsonl</c>, each named after the last entry in it; and its heads, <c>audit.heads</c>.
/// What the agent writes, and what anybody who may read it can check, also where no agent runs.
/// </summary>
public sealed class AuditTrail(string newest)
{
    public string Newest { get; } = Path.GetFullPath(newest);

    public string HeadsFile => Path.ChangeExtension(Newest, ".heads");

    string Folder => Path.GetDirectoryName(Newest)!;

    string Stem => Path.GetFileNameWithoutExtension(Newest);

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<string> Older() => Directory.Exists(Folder) ? [.. Directory.GetFiles(Folder, $"{Stem}-*.jsonl").Where(f => NumberOf(f) is { } number && PathOfOlder(number) == f).Order(StringComparer.Ordinal)] : [];

    /// <summary>Where a file goes whose last entry has this number.</summary>
    public string PathOfOlder(long number) => Path.Combine(Folder, $"{Stem}-{number:D12}.jsonl");

    /// <summary>The number that a file before the newest is named after; null when it has another name.</summary>
    public static long? NumberOf(string older) => long.TryParse(Path.GetFileNameWithoutExtension(older).Split('-')[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>Null where there are none.</summary>
    public AuditHeads? Heads() => File.Exists(HeadsFile) ? AuditHeads.Parse(File.ReadAllText(HeadsFile)) : null;

    /// <summary>What is there now; it stays so while others append, begin new files and delete old ones.</summary>
    public OpenAudit Open() => new([.. (File.Exists(Newest) ? [.. Older(), Newest] : Older()).Select(f => File.OpenHandle(f, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete))]);

    /// <summary>Whether everything is there as it was written.</summary>
    /// <param name="heads">Kept elsewhere; null: those beside it.</param>
    /// <param name="holds">The hash of an entry that must be among them; null: none in particular.</param>
    public AuditVerdict Verify(AuditHeads? heads = null, string? holds = null)
    {
        // Heads first: what comes meanwhile may be more than they say, and not less.
        heads ??= Heads();
        using var lines = Open();
        var verdict = AuditChain.Check(lines.Lines(), heads, holds);
        return heads is null ? verdict.With(new(0, $"{HeadsFile} is not there, or has no head: whether entries were taken from either end cannot be told")) : verdict;
    }
}

/// <summary>The files of an audit as they were when it was opened.</summary>
public sealed class OpenAudit(IReadOnlyList<SafeFileHandle> files) : IDisposable
{
    readonly IReadOnlyList<(SafeFileHandle File, long Length)> _files = [.. files.Select(f => (f, RandomAccess.GetLength(f)))];

    /// <summary>Oldest first.</summary>
    public IEnumerable<AuditLine> Lines() => _files.SelectMany(f => Split(f.File, f.Length));

    /// <summary>Newest first.</summary>
    public IEnumerable<AuditLine> Backwards() => _files.Reverse().SelectMany(f => Split(f.File, f.Length).AsEnumerable().Reverse());

    public void Dispose()
    {
        foreach (var (file, _) in _files) file.Dispose();
    }

    static List<AuditLine> Split(SafeFileHandle file, long length)
    {
        var lines = new List<AuditLine>();
        var content = new byte[length];
        var read = 0;
        for (int more; read < content.Length && (more = RandomAccess.Read(file, content.AsSpan(read), read)) > 0;) read += more;
        for (var start = 0; start < read;)
        {
            var rest = content.AsSpan(start, read - start);
            var end = rest.IndexOf((byte)'\n');
            lines.Add(new(Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]), end >= 0));
            start += end < 0 ? rest.Length : end + 1;
        }
        return lines;
    }
}
