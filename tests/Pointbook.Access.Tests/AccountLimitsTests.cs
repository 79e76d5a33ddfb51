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

    private static readonly Gen<string[]> Sets = Gen.Select(Accounts, Gen.Bool, (text, isPrefix) => isPrefix ? text + "*" : text).Array[0, 6];

    [Fact]
    public static void No_limit_allows_every_account()
    {
        Assert.Equal(AccountLimits.None, Given.Limits());
        Assert.False(AccountLimits.None.AreThere);
        Assert.Empty(AccountLimits.None.Texts);
        Assert.Equal("", AccountLimits.None.ToString());
        Assert.True(AccountLimits.None.Allow(AccountId.Default));
        Assert.True(AccountLimits.None.AllowAll(""));
    }

    [Fact]
    public static void What_is_there_twice_counts_once_and_the_order_is_kept()
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
    public static void One_bad_limit_spoils_all(string text, string sentence)
    {
        Assert.False(AccountLimits.TryCreate(["a", text, "b"], out AccountLimits? limits, out string? error));
        Assert.Null(limits);
        Assert.StartsWith(sentence, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(32, true)]
    [InlineData(33, false)]
    [InlineData(100_000, false)]
    public static void There_are_at_most_thirty_two(int count, bool isTaken)
    {
        string[] texts = [.. Enumerable.Range(0, count).Select(number => number.ToString(CultureInfo.InvariantCulture))];
        Assert.Equal(isTaken, AccountLimits.TryCreate(texts, out _, out string? error));
        Assert.Equal(isTaken, AccountLimits.TryCreate([.. texts, .. texts], out _, out _));
        Assert.Equal(isTaken ? null : $"names {count} accounts. The maximum is 32. Use a common prefix followed by * to name several accounts", error);
    }

    [Theory]
    [InlineData("*")]
    [InlineData("a b* \n")]
    [InlineData("a\tb")]
    [InlineData("..")]
    public static void What_no_store_wrote_is_not_read(string text) => Assert.Throws<ArgumentException>(() => AccountLimits.FromTrusted(text));

    [Fact]
    public static void What_is_missing_is_an_error_of_the_caller()
    {
        Assert.Throws<ArgumentNullException>(() => AccountLimits.TryCreate(null!, out _, out _));
        Assert.Throws<ArgumentNullException>(() => AccountLimits.TryCreate([null!], out _, out _));
        Assert.Throws<ArgumentNullException>(() => AccountLimits.FromTrusted(null!));
    }

    [Fact]
    public static void Limits_allow_what_any_of_them_allows() => Gen.Select(Sets, Accounts).Sample((texts, account) =>
        Assert.Equal(LimitModel.Allow(texts, account), Given.Limits(texts).Allow(Given.Account(account))));

    [Fact]
    public static void A_family_that_is_allowed_has_no_account_that_is_not() =>
        Gen.Select(Sets, Gen.String[Gen.Char[Characters], 0, 4], Gen.String[Gen.Char[Characters], 1, 3]).Sample((texts, prefix, rest) =>
        {
            AccountLimits limits = Given.Limits(texts);
            Assert.Equal(texts.Length == 0 || texts.Any(text => Given.Limit(text).AllowsAll(prefix)), limits.AllowAll(prefix));
            Assert.True(!limits.AllowAll(prefix) || LimitModel.Allow(texts, prefix + rest));
        });

    [Fact]
    public static void What_was_written_is_read_again() => Sets.Sample(texts =>
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
