using System.Globalization;

namespace Pointbook.Server.Queries;

/// <summary>Reads whole numbers that have one spelling each. The platform's parser takes U+0000 at the end for nothing, and zeros in front.</summary>
internal static class WholeNumber
{
    /// <summary>Reads a number of 64 bits.</summary>
    public static bool TryParse(string text, out long number) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number)
        && number.ToString(CultureInfo.InvariantCulture) == text;
}
