using System.Buffers;

namespace Pointbook.Server.Statements;

/// <summary>Writes texts into CSV so that a spreadsheet reads them as text. Numbers and days do not need this.</summary>
/// <remarks>
/// A spreadsheet treats a text that begins with <c>= + - @</c>, or with their full-width forms, as a formula and computes it. So such a text gets a
/// leading apostrophe, which spreadsheets read as "this is text". A text that begins with an apostrophe gets another one. So a reader who removes one
/// leading apostrophe always gets the original text.
/// </remarks>
internal static class CsvField
{
    private static readonly SearchValues<char> Quoted = SearchValues.Create(",\"\r\n");
    private static readonly SearchValues<char> Guarded = SearchValues.Create("=+-@'\t\r\n\uFF1D\uFF0B\uFF0D\uFF20");

    /// <summary>Writes a field with a text.</summary>
    public static string Write(string text)
    {
        string safe = text.Length > 0 && Guarded.Contains(text[0]) ? "'" + text : text;
        return safe.AsSpan().ContainsAny(Quoted) ? $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : safe;
    }
}
