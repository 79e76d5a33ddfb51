using System.Buffers;

namespace Pointbook.Server.Statements;

/// <summary>Writes values into CSV so that a spreadsheet reads them as what they are.</summary>
/// <remarks>
/// A spreadsheet takes a text that begins with <c>= + - @</c>, or with their full-width forms, for a formula and would compute it,
/// whoever wrote it. Such a text gets an apostrophe in front, which spreadsheets take for "this is text". So does one that
/// begins with an apostrophe: whoever removes one apostrophe from the front of a field always has the text itself. Numbers are
/// no texts: a negative one stays as it is.
/// </remarks>
internal static class CsvField
{
    private static readonly SearchValues<char> Quoted = SearchValues.Create(",\"\r\n");
    private static readonly SearchValues<char> Guarded = SearchValues.Create("=+-@'\t\r\n\uFF1D\uFF0B\uFF0D\uFF20");

    /// <summary>A field.</summary>
    public static string Write(string value)
    {
        bool isGuarded = value.Length > 0 && Guarded.Contains(value[0]) && !Int128.TryParse(
            value, System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture, out _);
        string safe = isGuarded ? "'" + value : value;
        return safe.AsSpan().ContainsAny(Quoted) ? $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : safe;
    }
}
