using Spectre.Console;

namespace MeshMcp.Cli.Output;

/// <summary>Text from the network, shown to a terminal: without control characters it cannot move the cursor or forge lines.</summary>
static class Plain
{
    public static string Text(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '\ufffd' : c));

    public static Text Cell(string? text) => new(Text(text ?? ""));

    /// <summary>A table of plain columns, as wide as its content.</summary>
    public static Table Table(params string[] columns)
    {
        var table = new Table().Border(TableBorder.None);
        foreach (var column in columns) table.AddColumn(new TableColumn(new Markup($"[grey]{column}[/]")));
        return table;
    }

    public static void Row(this Table table, params string?[] cells) => table.AddRow(cells.Select(Cell));
}
