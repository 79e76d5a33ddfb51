using System.Buffers;

namespace Pointbook.Server.Statements;

/// <summary>Writes texts into CSV so that a spreadsheet reads them as texts. Numbers and days need none of this.</summary>
/// <remarks>
/// A spreadsheet takes a text that begins with <c>= + - @</c>, or with their full-width forms, for a formula and would compute it,
/// whoever wrote it. Such a text gets an apostrophe in front, which spreadsheets take for "this is text". So does one that
/// begins with an apostrophe: whoever removes one apostrophe from the front of a field always has the text itself.
/// </remarks>
internal static class CsvField
{
    private static readonly SearchValues<char> Quoted = SearchValues.Create(",\"\r\n");
    private static readonly SearchValues<char> Guarded = SearchValues.Create("=+-@'\t\r\n\uFF1D\uFF0B\uFF0D\uFF20");

    /// <summary>A field that holds a text.</summary>
    public static string Write(string text)
    {
        string safe = text.Length > 0 && Guarded.Contains(text[0]) ? "'" + text : text;
        return safe.AsSpan().ContainsAny(Quoted) ? $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : safe;
    }
}
