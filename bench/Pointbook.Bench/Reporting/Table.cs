using System.Globalization;
using System.Text.Json.Nodes;

namespace Pointbook.Bench.Reporting;

/// <summary>Rows of named figures.</summary>
internal sealed class Table(string title, params string[] columns)
{
    private readonly List<object[]> _rows = [];

    public string Title => title;

    /// <summary>Adds a row: texts, and numbers as <see cref="double"/>.</summary>
    public void Add(params object[] cells) => _rows.Add(cells);

    public IEnumerable<string> ToLines()
    {
        List<string[]> lines = [columns, .. _rows.Select(row => row.Select(Show).ToArray())];
        int[] widths = [.. columns.Select((_, column) => lines.Max(line => line[column].Length))];
        return lines.Select(line => string.Join("  ", line.Select((cell, column) => cell.PadLeft(widths[column]))));
    }

    public JsonArray ToJson() => [.. _rows.Select(row =>
    {
        JsonObject cells = [];
        for (int column = 0; column < columns.Length; column++)
        {
            cells[columns[column]] = row[column] is double number ? Math.Round(number, 3) : Show(row[column]);
        }

        return (JsonNode)cells;
    })];

    private static string Show(object cell) => cell is not double number ? cell.ToString() ?? ""
        : number.ToString(Math.Abs(number) >= 100 ? "N0" : "N2", CultureInfo.InvariantCulture);
}
