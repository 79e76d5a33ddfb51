using System.Text;
using CsCheck;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Tests.Values;

/// <summary>The order of payers in memory is the order in every store: by the bytes of their UTF-8 form.</summary>
public static class PayerNameOrderTests
{
    // In UTF-16, U+E000 to U+FFFD sort after surrogates. In UTF-8, they sort before the characters that surrogates encode.
    private static readonly Gen<int> CodePoint = Gen.Frequency(
        (3, Gen.OneOf('A', 'B', 'b', 0x00E9, 0x07FF, 0x0800, 0xD7FF, 0xE000, 0xFFFD, 0x10000, 0x10FFFF, 0x1F34E)),
        (1, Gen.Int[0x21, 0xD7FF]),
        (1, Gen.Int[0xE000, 0x10FFFF]));

    private static readonly Gen<PayerName> Name = CodePoint.Array[1, 4]
        .Select(codePoints => string.Concat(codePoints.Select(char.ConvertFromUtf32)))
        .Where(text => PayerName.TryCreate(text, out _, out _))
        .Select(PayerName.FromTrusted);

    [Fact]
    public static void Names_are_ordered_by_their_UTF8_bytes() => Gen.Select(Name, Name).Sample(
        (left, right) =>
        {
            int expected = Encoding.UTF8.GetBytes(left.Value).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(right.Value));
            int order = Math.Sign(left.CompareTo(right));
            Assert.Equal(Math.Sign(expected), order);
            Assert.Equal(order == 0, left.Equals(right));
            Assert.Equal((order > 0, order < 0, order >= 0, order <= 0), (left > right, left < right, left >= right, left <= right));
        },
        iter: 20_000);

    [Fact]
    public static void Private_use_characters_sort_before_characters_that_need_surrogates() =>
        Assert.True(PayerName.FromTrusted("\uE000") < PayerName.FromTrusted("\U00010000"));

    [Fact]
    public static void A_name_sorts_before_longer_names_that_begin_with_it() =>
        Assert.True(PayerName.FromTrusted("DANNON") < PayerName.FromTrusted("DANNON 2"));

    [Fact]
    public static void Every_name_sorts_after_null() => Assert.True(PayerName.FromTrusted("A").CompareTo(null) > 0);
}
