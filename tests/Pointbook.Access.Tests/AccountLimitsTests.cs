using System.Globalization;
using CsCheck;
using Pointbook.Access.Tests.Support;
using Pointbook.Ledger.Values;

namespace Pointbook.Access.Tests;

/// <summary>Which accounts several limits allow, and how a key stores its limits.</summary>
public static class AccountLimitsTests
{
    private const string Characters = "ab:";

    private static readonly Gen<string> Accounts = Gen.String[Gen.Char[Characters], 1, 4];

    private static readonly Gen<string[]> LimitLists = Gen.Select(Accounts, Gen.Bool, (text, isPrefix) => isPrefix ? text + "*" : text).Array[0, 6];

    [Fact]
    public static void A_key_without_limits_allows_every_account()
    {
        Assert.Equal(AccountLimits.None, Given.Limits());
        Assert.False(AccountLimits.None.AreThere);
        Assert.Empty(AccountLimits.None.Texts);
        Assert.Equal("", AccountLimits.None.ToString());
        Assert.True(AccountLimits.None.Allow(AccountId.Default));
        Assert.True(AccountLimits.None.AllowAll(""));
    }

    [Fact]
    public static void Duplicate_limits_are_dropped_and_the_order_is_kept()
    {
        AccountLimits limits = Given.Limits("b*", "a", "b*", "a", "a*");
        Assert.Equal(["b*", "a", "a*"], limits.Texts);
        Assert.Equal("b* a a*", limits.ToString());
        Assert.True(limits.AreThere);
    }

    [Theory]
    [InlineData("*", "must not contain * alone")]
    [InlineData("", "is empty")]
    [InlineData("a b", "contains an invalid character")]
    public static void One_invalid_limit_makes_the_list_invalid(string text, string sentence)
    {
        Assert.False(AccountLimits.TryCreate(["a", text, "b"], out AccountLimits? limits, out string? error));
        Assert.Null(limits);
        Assert.StartsWith(sentence, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(32, true)]
    [InlineData(33, false)]
    [InlineData(100_000, false)]
    public static void A_key_has_at_most_thirty_two_limits(int count, bool isAccepted)
    {
        string[] texts = [.. Enumerable.Range(0, count).Select(number => number.ToString(CultureInfo.InvariantCulture))];
        Assert.Equal(isAccepted, AccountLimits.TryCreate(texts, out _, out string? error));
        Assert.Equal(isAccepted, AccountLimits.TryCreate([.. texts, .. texts], out _, out _));
        Assert.Equal(isAccepted ? null : $"names {count} accounts. The maximum is 32. Use a common prefix followed by * to name several accounts", error);
    }

    [Theory]
    [InlineData("*")]
    [InlineData("a b* \n")]
    [InlineData("a\tb")]
    [InlineData("..")]
    public static void A_stored_text_that_no_store_writes_is_rejected(string text) => Assert.Throws<ArgumentException>(() => AccountLimits.FromTrusted(text));

    [Fact]
    public static void A_null_argument_is_rejected()
    {
        Assert.Throws<ArgumentNullException>(() => AccountLimits.TryCreate(null!, out _, out _));
        Assert.Throws<ArgumentNullException>(() => AccountLimits.TryCreate([null!], out _, out _));
        Assert.Throws<ArgumentNullException>(() => AccountLimits.FromTrusted(null!));
    }

    [Fact]
    public static void Limits_allow_an_account_if_any_of_them_does() => Gen.Select(LimitLists, Accounts).Sample((texts, account) =>
        Assert.Equal(LimitModel.Allow(texts, account), Given.Limits(texts).Allow(Given.Account(account))));

    [Fact]
    public static void An_allowed_prefix_has_no_forbidden_account() =>
        Gen.Select(LimitLists, Gen.String[Gen.Char[Characters], 0, 4], Gen.String[Gen.Char[Characters], 1, 3]).Sample((texts, prefix, rest) =>
        {
            AccountLimits limits = Given.Limits(texts);
            Assert.Equal(texts.Length == 0 || texts.Any(text => Given.Limit(text).AllowsAll(prefix)), limits.AllowAll(prefix));
            Assert.True(!limits.AllowAll(prefix) || LimitModel.Allow(texts, prefix + rest));
        });

    [Fact]
    public static void Limits_survive_a_round_trip_through_their_text() => LimitLists.Sample(texts =>
    {
        AccountLimits limits = Given.Limits(texts);
        AccountLimits read = AccountLimits.FromTrusted(limits.ToString());
        Assert.Equal(limits, read);
        Assert.Equal(limits.GetHashCode(), read.GetHashCode());
        Assert.Equal(texts.Distinct(), read.Texts);
        Assert.False(limits.Equals(Given.Limits([.. texts, "another"])));
        Assert.False(limits.Equals(null));
    });
}
