using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Pointbook.Contracts;

/// <summary>Reads and writes timestamps as text: RFC 3339 with a mandatory offset. Reading is strict. Writing uses UTC.</summary>
/// <remarks>
/// Valid input: <c>T</c> and <c>Z</c> in either case, any number of fraction digits, and offsets up to ±23:59. Years are
/// 0001 to 9999, also after conversion to UTC. Fraction digits finer than a microsecond are cut off. Leap seconds and hour
/// 24 are invalid. Output: up to 6 fraction digits, and <c>Z</c>.
/// </remarks>
public static class Rfc3339
{
    /// <summary>The maximum length of the output of <see cref="Format(DateTimeOffset, Span{byte})"/>, in bytes.</summary>
    public const int LengthMax = 27;

    /// <summary>An example of a timestamp for messages.</summary>
    public const string Example = "2020-10-31T10:00:00Z";

    /// <summary>Reads a timestamp.</summary>
    /// <param name="text">The text that a client sent.</param>
    /// <param name="value">The timestamp, in UTC and in whole microseconds.</param>
    /// <param name="error">Null, or the fault and its fix, as the end of a sentence that begins with the member's name.</param>
    public static bool TryParse(string text, out DateTimeOffset value, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(Encoding.UTF8.GetBytes(text), out value, out error);
    }

    /// <summary>Reads a timestamp in UTF-8.</summary>
    /// <param name="utf8">The text that a client sent.</param>
    /// <param name="value">The timestamp, in UTC and in whole microseconds.</param>
    /// <param name="error">Null, or the fault and its fix, as the end of a sentence that begins with the member's name.</param>
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

    /// <summary>Writes a timestamp in UTC, as UTF-8.</summary>
    /// <param name="value">The timestamp. Digits finer than a microsecond are cut off.</param>
    /// <param name="utf8">The destination, of at least <see cref="LengthMax"/> bytes.</param>
    /// <returns>The number of bytes written.</returns>
    public static int Format(DateTimeOffset value, Span<byte> utf8) =>
        value.UtcDateTime.TryFormat(utf8, out int length, "yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture)
            ? length
            : throw new ArgumentException($"A timestamp needs up to {LengthMax} bytes.", nameof(utf8));
}
