using System.Globalization;

namespace Pointbook.Server.Queries;

/// <summary>Parses whole numbers with exactly one spelling. The platform's parser also accepts trailing U+0000 and leading zeros.</summary>
internal static class WholeNumber
{
    /// <summary>Parses a 64-bit number.</summary>
    public static bool TryParse(string text, out long number) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number)
        && number.ToString(CultureInfo.InvariantCulture) == text;
}
