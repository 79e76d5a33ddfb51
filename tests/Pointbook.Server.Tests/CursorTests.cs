using CsCheck;
using Pointbook.Server.Queries;

namespace Pointbook.Server.Tests;

public sealed class CursorTests
{
    [Fact]
    public void A_cursor_returns_its_position_only_to_its_own_list() => Gen.Select(Gen.String, Gen.String, Gen.String).Sample((list, filter, place) =>
    {
        // Half of a surrogate pair is not valid text, so no place contains it.
        string text = System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(place));
        CursorScope scope = new(list, filter, null);
        string cursor = scope.Write(text);
        Assert.True(scope.TryRead(cursor, out string? read));
        Assert.Equal(text, read);
        Assert.False(new CursorScope(list, null, filter).TryRead(cursor, out _));
        Assert.False(new CursorScope(list + "x", filter, null).TryRead(cursor, out _));
        Assert.False(new CursorScope(list, filter).TryRead(cursor, out _));
        Assert.False(scope.TryRead(cursor + "=", out _));
    });

    [Fact]
    public void Any_text_sent_as_a_cursor_is_accepted_or_refused() => Gen.String.Sample(text =>
        Assert.False(new CursorScope("accounts").TryRead(text, out _)));

    [Theory]
    [InlineData("0", 0)]
    [InlineData("-62135596800000000", -62_135_596_800_000_000)]
    [InlineData("9223372036854775807", long.MaxValue)]
    public void A_whole_number_is_accepted(string text, long number)
    {
        Assert.True(WholeNumber.TryParse(text, out long read));
        Assert.Equal(number, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-0")]
    [InlineData("+1")]
    [InlineData("01")]
    [InlineData("1\0")]
    [InlineData(" 1")]
    [InlineData("1e3")]
    [InlineData("9223372036854775808")]
    public void Other_spellings_are_not_whole_numbers(string text) => Assert.False(WholeNumber.TryParse(text, out _));
}
