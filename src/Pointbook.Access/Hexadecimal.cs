using System.Buffers;

namespace Pointbook.Access;

/// <summary>Lower-case hexadecimal text.</summary>
internal static class Hexadecimal
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

    public static bool IsLower(ReadOnlySpan<char> text) => !text.ContainsAnyExcept(Digits);
}
