using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Pointbook.Ledger.Values;

/// <summary>Rules that the text values share.</summary>
internal static class TextRules
{
    /// <summary>Normalizes to form C, unless the text contains an unpaired surrogate or U+FFFE, which .NET does not normalize.</summary>
    public static bool TryNormalize(string text, [NotNullWhen(true)] out string? normalized)
    {
        normalized = null;
        if (System.Text.Ascii.IsValid(text))
        {
            normalized = text;
            return true;
        }

        for (int index = 0; index < text.Length; index++)
        {
            if (char.IsHighSurrogate(text[index]) && index + 1 < text.Length && char.IsLowSurrogate(text[index + 1]))
            {
                index++;
            }
            else if (char.IsSurrogate(text[index]) || text[index] == '\uFFFE')
            {
                return false;
            }
        }

        normalized = text.Normalize(NormalizationForm.FormC);
        return true;
    }

    /// <summary>Compares by code point, which ordinal comparison of UTF-16 does not do above U+FFFF.</summary>
    public static int CompareCodePoints(string left, string right)
    {
        int length = Math.Min(left.Length, right.Length);
        for (int index = 0; index < length; index++)
        {
            char a = left[index];
            char b = right[index];
            if (a != b)
            {
                // Surrogates encode code points above all other characters, the private use area included.
                bool aHigh = char.IsSurrogate(a);
                bool bHigh = char.IsSurrogate(b);
                return aHigh == bHigh ? a.CompareTo(b) : aHigh ? 1 : -1;
            }
        }

        return left.Length.CompareTo(right.Length);
    }
}
