using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Files;

namespace MeshMcp.Bench.Reporting;

/// <summary>What a run found.</summary>
sealed record Report(MachineFacts Machine, IReadOnlyList<ToolVersion> Tools, Sizes Sizes, IReadOnlyList<Row> Rows)
{
    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public void SaveJson(string file) => AtomicFile.Write(file, JsonSerializer.SerializeToUtf8Bytes(this, Json), AtomicFile.Public);

    public void SaveInto(string page) => new Page(page, "bench").Write(ToMarkdown());

    public string ToMarkdown() => string.Join('\n',
    [
        $"{Machine.Date}, {Machine.Cpu}, {Machine.Cores} cores, {Text(Machine.Memory)} GiB, {Machine.System}, Linux {Machine.Kernel}, {Machine.Runtime}; load average {Text(Machine.LoadBefore)} before, {Text(Machine.LoadAfter)} after.",
        $"{Sizes.Rounds} round{(Sizes.Rounds == 1 ? "" : "s")}, interleaved, after one to warm up; in each {Sizes.Flows} single flows, {Sizes.Bulk:N0} flows at once and {Text(Sizes.Load.TotalSeconds)} s for each load of calls.",
        "",
        .. Table(["tool", "version"], [.. Tools.Select(t => new[] { t.Tool, t.Version })]),
        "",
        .. Table(["what", "tool", "median", "range", "unit"], [.. Rows.Select(r => new[] { r.What, r.Tool, Text(r.Median), $"{Text(r.Least)} to {Text(r.Most)}", r.Unit })]),
    ]);

    static IEnumerable<string> Table(string[] head, IReadOnlyList<string[]> rows)
    {
        int[] widths = [.. head.Select((h, i) => rows.Select(r => r[i].Length).Append(h.Length).Max())];
        yield return Line(head);
        yield return Line([.. widths.Select(w => new string('-', w))]);
        foreach (var row in rows) yield return Line(row);

        string Line(string[] cells) => $"| {string.Join(" | ", cells.Select((c, i) => c.PadRight(widths[i])))} |";
    }

    /// <summary>Three digits that count.</summary>
    static string Text(double value) => value.ToString(Math.Abs(value) switch { >= 100 => "N0", >= 10 => "0.#", >= 1 => "0.##", _ => "0.###" }, CultureInfo.InvariantCulture);
}
