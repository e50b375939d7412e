using System.Text;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Files;

namespace MeshMcp.Bench.Reporting;

/// <summary>A Markdown page with a place for a report, between two marks of the report's name.</summary>
sealed class Page
{
    readonly string file, begin, end;

    /// <summary>Refuses a page without the marks, before anything is measured.</summary>
    public Page(string file, string name)
    {
        (this.file, begin, end) = (file, $"<!-- {name}:begin -->", $"<!-- {name}:end -->");
        if (!File.Exists(file)) throw new MeshException(ErrorKind.InvalidArgument, $"There is no page {file}.", file);
        Split();
    }

    public void Write(string report)
    {
        var (before, after) = Split();
        AtomicFile.Write(file, Encoding.UTF8.GetBytes($"{before}{begin}\n\n{report}\n\n{end}{after}"), AtomicFile.Public);
    }

    (string Before, string After) Split()
    {
        var text = File.ReadAllText(file);
        var (from, to) = (text.IndexOf(begin, StringComparison.Ordinal), text.IndexOf(end, StringComparison.Ordinal));
        return from >= 0 && to > from
            ? (text[..from], text[(to + end.Length)..])
            : throw new MeshException(ErrorKind.InvalidArgument, $"{file} has no place for the report.", file, $"Put {begin} and {end} into it.");
    }
}
