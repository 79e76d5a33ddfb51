using System.Text.RegularExpressions;
using CsCheck;
using Pointbook.Access.Tests.Support;
using Pointbook.Ledger.Values;

namespace Pointbook.Access.Tests;

/// <summary>Which accounts one limit allows.</summary>
public static partial class AccountLimitTests
{
    private const string Characters = "ab:.";

    private static readonly Gen<string> Accounts = Gen.String[Gen.Char[Characters], 1, 6].Where(text => text is not ("." or ".."));

    private static readonly Gen<string> Limits = Gen.OneOf(Accounts, Gen.String[Gen.Char[Characters], 1, 5].Select(text => text + "*"));

    public static TheoryData<string> ValidTexts { get; } = new(
        "shop:42", "shop:*", "s*", "x", ".*", "..*", "...", "a.b@c_d-E:0*", new string('a', AccountId.LengthMax), new string('a', AccountId.LengthMax) + "*");

    public static TheoryData<string, string> InvalidTexts { get; } = new()
    {
        { "", "is empty. Use an account key" },
        { "*", "must not contain * alone, which means all accounts. Omit it for no limit" },
        { "**", "Valid characters: A-Z a-z 0-9 . _ : @ -" },
        { "a*b", "Valid characters: A-Z a-z 0-9 . _ : @ -" },
        { "*a", "Valid characters: A-Z a-z 0-9 . _ : @ -" },
        { "a**", "Valid characters: A-Z a-z 0-9 . _ : @ -" },
        { "a *", "Valid characters: A-Z a-z 0-9 . _ : @ -" },
        { "a* ", "Valid characters: A-Z a-z 0-9 . _ : @ -" },
        { "a?", "Valid characters: A-Z a-z 0-9 . _ : @ -" },
        { "a\0*", "Valid characters: A-Z a-z 0-9 . _ : @ -" },
        { "\u00E9*", "Valid characters: A-Z a-z 0-9 . _ : @ -" },
        { "a\uFF0A", "Valid characters: A-Z a-z 0-9 . _ : @ -" },
        { ".", "Use another key" },
        { "..", "Use another key" },
        { new string('a', AccountId.LengthMax + 1), "The maximum is 128" },
        { new string('a', AccountId.LengthMax + 1) + "*", "The maximum is 128" },
    };

    [Theory]
    [MemberData(nameof(ValidTexts))]
    public static void An_account_key_or_a_prefix_of_one_is_a_valid_limit(string text)
    {
        Assert.True(AccountLimit.TryCreate(text, out AccountLimit? limit, out string? error));
        Assert.Null(error);
        Assert.Equal(text, limit.ToString());
        Assert.Equal(Given.Limit(text), limit);
    }

    [Theory]
    [MemberData(nameof(InvalidTexts))]
    public static void An_invalid_limit_is_rejected_and_the_error_says_what_to_write_instead(string text, string sentence)
    {
        Assert.False(AccountLimit.TryCreate(text, out AccountLimit? limit, out string? error));
        Assert.Null(limit);
        Assert.EndsWith(sentence, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("shop:42", "shop:42", true)]
    [InlineData("shop:42", "shop:421", false)]
    [InlineData("shop:42", "shop:4", false)]
    [InlineData("shop:42", "Shop:42", false)]
    [InlineData("shop:*", "shop:42", true)]
    [InlineData("shop:*", "shop:", true)]
    [InlineData("shop:*", "shop", false)]
    [InlineData("shop:*", "SHOP:42", false)]
    [InlineData("shop:*", "my-shop:42", false)]
    [InlineData("shop:*", "shops:42", false)]
    [InlineData("a.c", "abc", false)]
    [InlineData("a.*", "abc", false)]
    [InlineData(".*", ".a", true)]
    [InlineData(".*", "...", true)]
    [InlineData("..*", ".a", false)]
    [InlineData("default", "default", true)]
    public static void A_limit_allows_the_accounts_that_it_names(string limit, string account, bool isAllowed) =>
        Assert.Equal(isAllowed, Given.Limit(limit).Allows(Given.Account(account)));

    [Theory]
    [InlineData("shop:*", "shop:", true)]
    [InlineData("shop:*", "shop:4", true)]
    [InlineData("shop:*", "shop", false)]
    [InlineData("shop:*", "", false)]
    [InlineData("shop:*", "SHOP:", false)]
    [InlineData("shop:42", "shop:42", false)]
    [InlineData("shop:42", "shop:", false)]
    [InlineData("shop:42", "", false)]
    public static void A_limit_allows_all_accounts_of_a_prefix_only_if_it_covers_the_prefix(string limit, string prefix, bool isAllowed) =>
        Assert.Equal(isAllowed, Given.Limit(limit).AllowsAll(prefix));

    [Fact]
    public static void Limits_are_equal_only_if_their_texts_are()
    {
        Assert.NotEqual(Given.Limit("a"), Given.Limit("a*"));
        Assert.NotEqual(Given.Limit("a*"), Given.Limit("A*"));
        Assert.Equal(Given.Limit("a*").GetHashCode(), Given.Limit("a*").GetHashCode());
    }

    [Fact]
    public static void A_null_argument_is_rejected()
    {
        Assert.Throws<ArgumentNullException>(() => AccountLimit.TryCreate(null!, out _, out _));
        Assert.Throws<ArgumentNullException>(() => Given.Limit("a").Allows(null!));
        Assert.Throws<ArgumentNullException>(() => Given.Limit("a").AllowsAll(null!));
    }

    [Fact]
    public static void Valid_limits_are_those_that_the_documentation_describes() => Given.Texts("aZ0._:@-.*", 8).Sample(text =>
        Assert.Equal(DocumentedForm().IsMatch(text), AccountLimit.TryCreate(text, out _, out _)));

    [Fact]
    public static void A_limit_allows_the_same_accounts_as_the_model() => Gen.Select(Limits, Accounts).Sample((limit, account) =>
        Assert.Equal(LimitModel.Allows(limit, account), Given.Limit(limit).Allows(Given.Account(account))));

    [Fact]
    public static void A_prefix_is_allowed_exactly_if_each_account_with_it_is() =>
        Gen.Select(Limits, Gen.String[Gen.Char[Characters], 0, 6], Gen.String[Gen.Char[Characters], 0, 4]).Sample((text, prefix, rest) =>
        {
            AccountLimit limit = Given.Limit(text);
            if (limit.AllowsAll(prefix))
            {
                Assert.True(!AccountId.TryCreate(prefix + rest, out AccountId? account, out _) || limit.Allows(account));
            }
            else
            {
                Assert.Contains("xy", last => !limit.Allows(Given.Account(prefix + last)));
            }
        });

    [GeneratedRegex(@"\A(?!\.{1,2}\z)[A-Za-z0-9._:@-]{1,128}\*?\z")]
    private static partial Regex DocumentedForm();
}
