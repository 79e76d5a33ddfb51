using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Tests.Values;

/// <summary>Which texts are valid account keys, and which are valid idempotency keys.</summary>
public static class KeyTests
{
    [Theory]
    [InlineData("default")]
    [InlineData("a")]
    [InlineData("...")]
    [InlineData(".a")]
    [InlineData("ABCXYZabcxyz0189._:@-")]
    [InlineData("carol@example.com")]
    public static void Account_keys_of_the_allowed_characters_are_valid(string text)
    {
        Assert.True(AccountId.TryCreate(text, out AccountId? account, out string? error));
        Assert.Null(error);
        Assert.Equal(text, account.Value);
        Assert.Equal(account, AccountId.FromTrusted(text));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData(" ")]
    [InlineData("a b")]
    [InlineData("a/b")]
    [InlineData("a%2Fb")]
    [InlineData("a\n")]
    [InlineData("a+b")]
    [InlineData("\u00E4")]
    [InlineData("\u0661")]
    [InlineData("\uFF21")]
    public static void Account_keys_with_other_characters_and_dot_segments_are_invalid(string text)
    {
        Assert.False(AccountId.TryCreate(text, out AccountId? account, out string? error));
        Assert.Null(account);
        Assert.NotEmpty(error);
        Assert.Throws<ArgumentException>(() => AccountId.FromTrusted(text));
    }

    [Theory]
    [InlineData(128, true)]
    [InlineData(129, false)]
    public static void Account_keys_have_at_most_128_characters(int length, bool taken) =>
        Assert.Equal(taken, AccountId.TryCreate(new string('a', length), out _, out _));

    [Fact]
    public static void Account_keys_are_compared_and_ordered_exactly()
    {
        AccountId upper = AccountId.FromTrusted("Carol");
        AccountId lower = AccountId.FromTrusted("carol");

        Assert.True(upper != lower && upper < lower && lower > upper && upper <= lower && lower >= upper);
        Assert.True(lower == AccountId.FromTrusted("carol") && lower.CompareTo(null) > 0);
        Assert.Equal("default", AccountId.Default.Value);
    }

    [Theory]
    [InlineData("k")]
    [InlineData("8e03978e-40d5-43dd-bc93-6894a57f9324")]
    [InlineData(" two words ")]
    [InlineData("!~\"")]
    public static void Idempotency_keys_of_printable_ASCII_are_kept_unchanged(string text)
    {
        Assert.True(IdempotencyKey.TryCreate(text, out IdempotencyKey? key, out string? error));
        Assert.Null(error);
        Assert.Equal(text, key.Value);
        Assert.True(key == IdempotencyKey.FromTrusted(text) && key != IdempotencyKey.FromTrusted(text + "x"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\tb")]
    [InlineData("a\u007F")]
    [InlineData("\u0000")]
    [InlineData("k\u00E9y")]
    public static void Idempotency_keys_with_other_characters_are_invalid(string text)
    {
        Assert.False(IdempotencyKey.TryCreate(text, out IdempotencyKey? key, out string? error));
        Assert.Null(key);
        Assert.NotEmpty(error);
        Assert.Throws<ArgumentException>(() => IdempotencyKey.FromTrusted(text));
    }

    [Theory]
    [InlineData(255, true)]
    [InlineData(256, false)]
    public static void Idempotency_keys_have_at_most_255_characters(int length, bool taken) =>
        Assert.Equal(taken, IdempotencyKey.TryCreate(new string('k', length), out _, out _));

    [Fact]
    public static void Idempotency_keys_are_compared_exactly() =>
        Assert.NotEqual(IdempotencyKey.FromTrusted("Key"), IdempotencyKey.FromTrusted("key"));
}
