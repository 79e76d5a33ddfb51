using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Pointbook.Contracts;

/// <summary>Timestamps as text: RFC 3339 with a mandatory offset, read strictly and written in UTC.</summary>
/// <remarks>
/// Read: <c>T</c> and <c>Z</c> in either case, any number of fraction digits (those finer than a microsecond are cut off), offsets up
/// to ±23:59, years 0001 to 9999 also in UTC; no leap second, no hour 24. Written: up to 6 fraction digits, and <c>Z</c>.
/// </remarks>
public static class Rfc3339
{
    /// <summary>The longest text that <see cref="Format(DateTimeOffset, Span{byte})"/> writes.</summary>
    public const int LengthMax = 27;

    /// <summary>A timestamp to show in messages.</summary>
    public const string Example = "2020-10-31T10:00:00Z";

    /// <summary>Reads a timestamp.</summary>
    /// <param name="text">The text as a client sent it.</param>
    /// <param name="value">The timestamp, in UTC and in whole microseconds.</param>
    /// <param name="error">Null, or what is wrong and what to send instead, as the end of a sentence that began with the member's name.</param>
    public static bool TryParse(string text, out DateTimeOffset value, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(Encoding.UTF8.GetBytes(text), out value, out error);
    }

    /// <summary>Reads a timestamp in UTF-8.</summary>
    /// <param name="utf8">The text as a client sent it.</param>
    /// <param name="value">The timestamp, in UTC and in whole microseconds.</param>
    /// <param name="error">Null, or what is wrong and what to send instead, as the end of a sentence that began with the member's name.</param>
    public static bool TryParse(ReadOnlySpan<byte> utf8, out DateTimeOffset value, [NotNullWhen(false)] out string? error)
    {
        Rfc3339Parser parser = new(utf8);
        error = parser.Parse(out value);
        return error is null;
    }

    /// <summary>Writes a timestamp in UTC, such as <c>2020-10-31T10:00:00.25Z</c>.</summary>
    public static string Format(DateTimeOffset value)
    {
        Span<byte> utf8 = stackalloc byte[LengthMax];
        return Encoding.UTF8.GetString(utf8[..Format(value, utf8)]);
    }

    /// <summary>Writes a timestamp in UTC and in UTF-8.</summary>
    /// <param name="value">The timestamp; digits finer than a microsecond are cut off.</param>
    /// <param name="utf8">At least <see cref="LengthMax"/> bytes.</param>
    /// <returns>How many bytes were written.</returns>
    public static int Format(DateTimeOffset value, Span<byte> utf8) =>
        value.UtcDateTime.TryFormat(utf8, out int length, "yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture)
            ? length
            : throw new ArgumentException($"A timestamp needs up to {LengthMax} bytes.", nameof(utf8));
}
