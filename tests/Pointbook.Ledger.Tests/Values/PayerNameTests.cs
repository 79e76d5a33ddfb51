using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Tests.Values;

/// <summary>Which texts are valid payer names, and which of them name the same payer.</summary>
public static class PayerNameTests
{
    // Above U+FFFF: one character, two UTF-16 units.
    private const string Astral = "\U0001F34E";

    [Theory]
    [InlineData("DANNON")]
    [InlineData("MILLER COORS")]
    [InlineData("x")]
    [InlineData("a\u00A0b")]
    [InlineData("a  b")]
    [InlineData("Überraschung & Söhne / \"Ltd.\"")]
    [InlineData("\u65E5\u672C\u4E73\u696D")]
    [InlineData(Astral)]
    [InlineData("\uFFFF")]
    [InlineData("\uE000")]
    [InlineData("a\u200Bb")]
    public static void Ordinary_names_are_kept_unchanged(string text)
    {
        Assert.True(PayerName.TryCreate(text, out PayerName? name, out string? error));
        Assert.Null(error);
        Assert.Equal(text, name.Value);
        Assert.Equal(text, name.ToString());
    }

    [Theory]
    [InlineData("e\u0301", "\u00E9")]
    [InlineData("A\u030A", "\u212B")]
    [InlineData("o\u0323\u0302", "o\u0302\u0323")]
    public static void Texts_that_look_the_same_name_the_same_payer(string one, string other)
    {
        Assert.True(PayerName.TryCreate(one, out PayerName? name, out _));
        Assert.True(PayerName.TryCreate(other, out PayerName? same, out _));
        Assert.Equal(name, same);
        Assert.True(name == same && name.CompareTo(same) == 0 && name.GetHashCode() == same.GetHashCode());
        Assert.Equal(name.Value, same.Value, StringComparer.Ordinal);
    }

    [Fact]
    public static void A_stored_name_is_kept_unchanged_because_it_is_sealed() =>
        Assert.Equal("e\u0301", PayerName.FromTrusted("e\u0301").Value, StringComparer.Ordinal);

    [Theory]
    [InlineData("DANNON", "Dannon")]
    [InlineData("DANNON", "DANNON.")]
    [InlineData("stra\u00DFe", "strasse")]
    [InlineData("\uFB01", "fi")]
    [InlineData("a b", "a\u00A0b")]
    [InlineData("\u0130", "I")]
    public static void Texts_that_differ_name_different_payers(string one, string other)
    {
        PayerName name = PayerName.FromTrusted(one);
        PayerName different = PayerName.FromTrusted(other);

        Assert.NotEqual(name, different);
        Assert.True(name != different && name.CompareTo(different) != 0);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData(" DANNON")]
    [InlineData("DANNON ")]
    [InlineData("\u00A0DANNON")]
    [InlineData("DANNON\u3000")]
    [InlineData("DANNON\u2028")]
    [InlineData("\t")]
    [InlineData("DAN\nNON")]
    [InlineData("DAN\0NON")]
    [InlineData("DAN\u007FNON")]
    [InlineData("DAN\u0085NON")]
    [InlineData("DAN\u009FNON")]
    public static void Outer_white_space_and_control_characters_are_invalid(string text) => AssertRejected(text);

    // The compiler stores attributes as UTF-8, which cannot encode half a pair. The test therefore builds these texts at run time.
    [Theory]
    [InlineData("", 0xD83C, "")]
    [InlineData("", 0xDF4E, "")]
    [InlineData("a", 0xD83C, "b")]
    [InlineData("a", 0xDF4E, "b")]
    [InlineData("a", 0xD83C, Astral)]
    [InlineData(Astral, 0xDF4E, "")]
    [InlineData("a", 0xFFFE, "b")]
    public static void Half_a_surrogate_pair_and_the_noncharacter_FFFE_are_invalid(string before, int half, string after) => AssertRejected(before + (char)half + after);

    [Fact]
    public static void Every_code_point_is_either_rejected_or_reads_back_from_a_store_as_it_was()
    {
        for (int codePoint = 0; codePoint <= 0x10FFFF; codePoint++)
        {
            string character = codePoint <= char.MaxValue ? ((char)codePoint).ToString() : char.ConvertFromUtf32(codePoint);
            if (PayerName.TryCreate(character, out PayerName? name, out _))
            {
                Assert.Equal(name, PayerName.FromTrusted(name.Value));
            }
        }
    }

    [Theory]
    [InlineData("a", 200, true)]
    [InlineData("a", 201, false)]
    [InlineData(Astral, 200, true)]
    [InlineData(Astral, 201, false)]
    [InlineData("e\u0301", 200, true)]
    [InlineData("e\u0301", 201, false)]
    // In form C, U+0958 becomes two characters, and the length limit counts both.
    [InlineData("\u0958", 100, true)]
    [InlineData("\u0958", 101, false)]
    public static void Two_hundred_characters_after_normalization_are_the_maximum(string character, int count, bool taken)
    {
        string text = string.Concat(Enumerable.Repeat(character, count));

        Assert.Equal(taken, PayerName.TryCreate(text, out _, out string? error));
        Assert.Equal(taken, error is null);
    }

    [Fact]
    public static void An_invalid_stored_name_throws() =>
        Assert.Throws<ArgumentException>(() => PayerName.FromTrusted(" DANNON"));

    private static void AssertRejected(string text)
    {
        Assert.False(PayerName.TryCreate(text, out PayerName? name, out string? error));
        Assert.Null(name);
        Assert.NotEmpty(error);
    }
}
